/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a workspace in shared mode leans on: its own programs were made against this base. */
typedef struct {
  char *os_id;      /* os-release ID: "debian" */
  char *os_version; /* os-release VERSION_ID: "12"; "" for a rolling release */
  char *arch;       /* uname -m: "x86_64" */
  char *libc;       /* the C library's version: "2.36" */
} HostFingerprint;

HostFingerprint *host_fingerprint_new (void);
HostFingerprint *host_fingerprint_copy (const HostFingerprint *self);
void             host_fingerprint_free (HostFingerprint *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostFingerprint, host_fingerprint_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/host-fingerprint.h"
#include "vault/vault.h"

G_BEGIN_DECLS

/* The base system of an isolated workspace: a small Debian in one EROFS file. It is made once per host and kept in the user's
 * cache; a workspace has a copy, and never looks at the host's again. */

gboolean         base_system_check (GError **error);
HostFingerprint *base_system_fingerprint (void);

void  base_system_make_async (DmcVaultProgress    progress,
                              gpointer            progress_data,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data);
char *base_system_make_finish (GAsyncResult *result, GError **error);

void     base_system_copy_async (const char         *image,
                                 DmcVault           *vault,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data);
gboolean base_system_copy_finish (GAsyncResult *result, GError **error);

G_END_DECLS

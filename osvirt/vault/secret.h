/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What opens a vault: "USER:PASSPHRASE" as one text, so that a wrong user and a wrong passphrase are one and the same
 * mistake and cost the same. Kept out of swap and core dumps where the system allows it. */
typedef struct {
  char *text;
  gsize length;
  gsize room;
} Secret;

Secret *secret_new (const char *user, const char *passphrase);

/* Wipes and frees. */
void secret_free (Secret *self);

/* A memory file with the text, for a program that reads it from an inherited descriptor. -1 with errno. */
int secret_to_fd (const Secret *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Secret, secret_free)

G_END_DECLS

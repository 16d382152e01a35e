/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include <gio/gio.h>

#include "helper/helper-client.h"
#include "vault/secret.h"

G_BEGIN_DECLS

#define VAULT_IMAGE "vault.img"

/* The running part of an open LUKS vault. */
typedef struct {
  pid_t keeper;
  int   socket; /* the keeper's; closing it ends the keeper in order */
  int   namespaces[2]; /* user and mount namespace that the vault is mounted in; -1 with a helper */
  bool  mended;        /* as dmc_vault_was_mended() */
} Luks;

/* Blocking, for a worker thread. @cancellable ends the keeper. The image is removed when it fails. */
gboolean luks_create (int folder, guint64 size_bytes, const Secret *secret, GCancellable *cancellable, GError **error);

/* Blocking. Changes what opens the vault from @secret to @fresh; where it fails, one of them opens it, and both may. */
gboolean luks_rekey (int folder, const Secret *secret, const Secret *fresh, GError **error);

/* Whether this host can open a vault without a helper; DMC_ERROR_UNSUPPORTED with data "needs" if not. */
gboolean luks_probe (GError **error);

/* Blocking. Gives the root directory of the vault, mounted for this user only through the descriptor. Without @helper it is
 * mounted in namespaces of its own. -1 on error. */
int luks_open (Luks *self, int folder, DmcHelper *helper, const Secret *secret, GCancellable *cancellable, GError **error);

/* Once its socket can be read before luks_close() was called: which program of the vault has ended by itself. @room bytes of @name
 * are written. */
void luks_get_ended (const Luks *self, char *name, gsize room);

/* Blocking. The root directory must be closed already. DMC_ERROR_STATE: files are open in it, and so is the vault still, with its
 * socket; after other errors, too, where the helper has not let go of it. */
gboolean luks_close (Luks *self, DmcHelper *helper, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "secret/passphrase.h"

G_BEGIN_DECLS

/* The passphrase of a workspace in the user's keyring. Without a keyring each call finishes with
 * DMC_ERROR_UNSUPPORTED (data "needs": "keyring"): ask the user each time instead. */
void     dmc_keyring_store_async (const char          *workspace_id,
                                  const char          *user,
                                  DmcPassphrase       *passphrase,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
gboolean dmc_keyring_store_finish (GAsyncResult *result, GError **error);

/* Finishes with NULL and no error where nothing is stored. */
void           dmc_keyring_lookup_async (const char          *workspace_id,
                                         const char          *user,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
DmcPassphrase *dmc_keyring_lookup_finish (GAsyncResult *result, GError **error);

void     dmc_keyring_clear_async (const char          *workspace_id,
                                  const char          *user,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
gboolean dmc_keyring_clear_finish (GAsyncResult *result, GError **error);

/* Whether a keyring answers: for a check box that says why it cannot be used. */
void     dmc_keyring_probe_async (GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
gboolean dmc_keyring_probe_finish (GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "helper/helper-client.h"

G_BEGIN_DECLS

/**
 * DmcVaultKind:
 * @DMC_VAULT_NONE: the workspace's files lie in its folder as they are; only a login check
 * @DMC_VAULT_LUKS: `vault.img`, a LUKS1 container with ext4, that cryptsetup opens too
 */
typedef enum {
  DMC_VAULT_NONE,
  DMC_VAULT_LUKS,
} DmcVaultKind;

/* "none" and "luks", as in workspace.json and in the protocol. */
const char *dmc_vault_kind_to_string (DmcVaultKind kind);
gboolean    dmc_vault_kind_from_string (const char *text, DmcVaultKind *kind);

/**
 * DmcVaultProgress:
 * @fraction: 0 to 1
 * @text: one phrase for a person
 * @user_data: as given with the function
 *
 * Called in the thread-default main context of whoever started the work.
 */
typedef void (*DmcVaultProgress) (double fraction, const char *text, gpointer user_data);

/**
 * DmcVault:
 *
 * An open vault: it holds the workspace's lock, the storage's root directory, and what keeps these alive.
 * Dropping the last reference closes it the hard way; use dmc_vault_close_async().
 * Signal "ended" (): a program that serves it has ended by itself; nothing can be read or written any more. Close it.
 */
#define DMC_TYPE_VAULT (dmc_vault_get_type ())
G_DECLARE_FINAL_TYPE (DmcVault, dmc_vault, DMC, VAULT, GObject)

/**
 * dmc_vault_create_async:
 * @folder: the workspace's folder (NAME.domicile); it exists, is ours and has mode 0700
 * @kind: what to make
 * @size_bytes: size of the encrypted storage; ignored by %DMC_VAULT_NONE
 * @user: login name of the workspace
 * @passphrase: copied into locked memory before this returns, and wiped after use
 * @progress: (nullable) (scope notified): told how far it is
 * @progress_data: for @progress
 * @cancellable: (nullable): cancelling ends the work and removes what was made
 *
 * Makes the storage and its directories. Nothing stays behind when it fails. Errors: DMC_ERROR_EXISTS,
 * DMC_ERROR_RESOURCE (data "resource": "disk", "limit"), DMC_ERROR_UNSUPPORTED, DMC_ERROR_IO.
 */
void     dmc_vault_create_async (const char          *folder,
                                 DmcVaultKind         kind,
                                 guint64              size_bytes,
                                 const char          *user,
                                 const char          *passphrase,
                                 DmcVaultProgress     progress,
                                 gpointer             progress_data,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data);
gboolean dmc_vault_create_finish (GAsyncResult *result, GError **error);

/**
 * dmc_vault_open_async:
 * @folder: the workspace's folder
 * @kind: what workspace.json says
 * @helper: (nullable): a fresh connection that this workspace may use up; NULL opens in reduced mode
 * @user: login name
 * @passphrase: copied before this returns, and wiped after use
 * @progress: (nullable) (scope notified): told how far it is
 * @progress_data: for @progress
 *
 * Checks user and passphrase and opens the storage. Errors: DMC_ERROR_AUTH (either was wrong; the same
 * message and the same time), DMC_ERROR_STATE with data "state": "open" (the lock is held, by any process),
 * DMC_ERROR_INTEGRITY (the container or the file system is damaged), DMC_ERROR_NOT_FOUND,
 * DMC_ERROR_UNSUPPORTED (data "needs"), DMC_ERROR_CANCELLED.
 */
void      dmc_vault_open_async (const char          *folder,
                                DmcVaultKind         kind,
                                DmcHelper           *helper,
                                const char          *user,
                                const char          *passphrase,
                                DmcVaultProgress     progress,
                                gpointer             progress_data,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
DmcVault *dmc_vault_open_finish (GAsyncResult *result, GError **error);

/**
 * dmc_vault_close_async:
 *
 * Writes everything back, unmounts, detaches, ends the storage daemon and releases the lock, in that order;
 * completes when all of it is gone. The view must be closed, and nothing may hold a file inside open.
 */
void     dmc_vault_close_async (DmcVault            *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
gboolean dmc_vault_close_finish (DmcVault *self, GAsyncResult *result, GError **error);

/**
 * dmc_vault_rekey_async:
 * @folder: the workspace's folder; it must not be open
 * @kind: what workspace.json says
 * @user: login name
 * @passphrase: what opens it; copied before this returns, and wiped after use
 * @new_passphrase: what shall open it; likewise
 *
 * Changes the passphrase; what is in the vault stays as it is. Where it is cut off one of the two opens the vault, or both.
 * Errors: as of dmc_vault_open_async().
 */
void     dmc_vault_rekey_async (const char          *folder,
                                DmcVaultKind         kind,
                                const char          *user,
                                const char          *passphrase,
                                const char          *new_passphrase,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
gboolean dmc_vault_rekey_finish (GAsyncResult *result, GError **error);

/* Whether this host can open an encrypted vault without a helper; DMC_ERROR_UNSUPPORTED with "needs" and a hint if not. */
gboolean dmc_vault_probe_luks (GError **error);

/* Whether @folder is locked now (by this or another process); a hint for a list, not a promise. */
gboolean dmc_vault_is_locked (const char *folder);

DmcVaultKind dmc_vault_get_kind (DmcVault *self);
/* (nullable) (transfer none): the connection given when it was opened */
DmcHelper   *dmc_vault_get_helper (DmcVault *self);
/* Whether its file system was in use without a journal when the power or a program went, and did not fit together: what could not be
 * assigned is in its lost+found. */
gboolean     dmc_vault_was_mended (DmcVault *self);
/* (nullable) (transfer none): which program has ended by itself, so that there is only closing it left */
const char  *dmc_vault_get_ended (DmcVault *self);
/* The directory with home/ layers/ apps/ registry/ state/ log/; owned by @self. Usable with the *at() calls, and
 * as the path "/proc/self/fd/N" (dmc_vault_get_path()) with everything else in this process. */
int          dmc_vault_get_root_fd (DmcVault *self);
const char  *dmc_vault_get_path (DmcVault *self);
/* (nullable) (array fixed-size=2): the user and the mount namespace that the storage is mounted in, where it is not this
 * process's; owned by @self. A view of it must be made there. */
const int   *dmc_vault_get_namespaces (DmcVault *self);
/* Size and use of the storage in bytes, as statvfs() sees it. */
gboolean     dmc_vault_get_usage (DmcVault *self, guint64 *size, guint64 *used, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-destroy.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "agent/steps.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/remove-tree.h"

typedef struct {
  AgentStore *store;
  AgentWorkspace *workspace;
  DmcHelper *helper; /* nullable */
  char *user;
  DmcPassphrase *passphrase;
  DmcJob *job;
  DmcVault *vault;
  char *aside; /* the folder under its last name */
} Destroying;

static void
destroying_free (Destroying *self)
{
  g_object_unref (self->store);
  g_object_unref (self->workspace);
  g_clear_pointer (&self->helper, dmc_helper_unref);
  g_free (self->user);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
  g_object_unref (self->job);
  g_clear_object (&self->vault);
  g_free (self->aside);
  g_free (self);
}

/* Opening the vault proves that whoever asks may, and that nobody else has the workspace open. */
static void
unlock_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Destroying *self = work;
  DmcVaultKind kind = DMC_VAULT_NONE;

  dmc_vault_kind_from_string (agent_workspace_get_file (self->workspace)->vault, &kind);
  dmc_vault_open_async (agent_workspace_get_path (self->workspace), kind, self->helper, self->user,
                        dmc_passphrase_get_text (self->passphrase), NULL, NULL, cancellable, callback, data);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
}

static gboolean
unlock_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Destroying *self = work;

  self->vault = dmc_vault_open_finish (result, error);
  return self->vault != NULL;
}

static void
lock_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Destroying *self = work;

  dmc_vault_close_async (self->vault, NULL, callback, data);
}

static gboolean
lock_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Destroying *self = work;
  gboolean ok = dmc_vault_close_finish (self->vault, result, error);

  g_clear_object (&self->vault);
  return ok;
}

/* Under its last name nobody takes the folder for a workspace, however far the removal gets. */
static void
set_aside_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Destroying *self = work;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  const char *path = agent_workspace_get_path (self->workspace);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_strdup_printf (".%s.deleted", agent_workspace_get_id (self->workspace));

  self->aside = g_build_filename (parent, name, NULL);
  if (g_rename (path, self->aside) == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, "Check that the medium is writable.",
                                              "The workspace cannot be deleted: %s.", g_strerror (errno)));
}

static gboolean
set_aside_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
remove_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Destroying *self = work;

  remove_tree_async (self->aside, callback, data);
}

static gboolean
remove_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return remove_tree_finish (result, error);
}

static const Step destroying_steps[] = {
  { "Checking the passphrase", 0.3, unlock_start, unlock_finish, NULL, NULL },
  { "Locking the vault", 0.4, lock_start, lock_finish, NULL, NULL },
  { "Taking the workspace off the list", 0.5, set_aside_start, set_aside_finish, NULL, NULL },
  { "Deleting the files", 1.0, remove_start, remove_finish, NULL, NULL },
};

static void
on_destroyed (GObject *source, GAsyncResult *result, gpointer data)
{
  Destroying *self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = steps_run_finish (result, &error);

  agent_workspace_step (self->workspace, WORKSPACE_EVENT_FAILED, NULL);
  if (!g_file_test (agent_workspace_get_path (self->workspace), G_FILE_TEST_EXISTS))
    agent_store_forget (self->store, self->workspace);
  if (ok)
    dmc_job_done (self->job, dmc_json_node ("id:s", agent_workspace_get_id (self->workspace), NULL));
  else
    dmc_job_fail (self->job, g_steal_pointer (&error));
  destroying_free (self);
}

/**
 * workspace_destroy:
 * @store: loses the workspace
 * @workspace: a workspace in state opening
 * @helper: (transfer full) (nullable): a fresh connection
 * @user: who asks
 * @passphrase: the passphrase
 * @job: ends when the workspace's folder is gone
 *
 * Deletes a workspace, after its user and passphrase have been checked.
 */
void
workspace_destroy (AgentStore *store, AgentWorkspace *workspace, DmcHelper *helper, const char *user,
                   DmcPassphrase *passphrase, DmcJob *job)
{
  Destroying *self = g_new0 (Destroying, 1);

  self->store = g_object_ref (store);
  self->workspace = g_object_ref (workspace);
  self->helper = helper;
  self->user = g_strdup (user);
  self->passphrase = dmc_passphrase_ref (passphrase);
  self->job = g_object_ref (job);
  /* Not cancellable: half a workspace is of no use to anybody. */
  steps_run_async (destroying_steps, G_N_ELEMENTS (destroying_steps), self, job, NULL, on_destroyed, self);
}

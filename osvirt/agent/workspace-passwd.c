/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-passwd.h"

#include "rpc/json.h"
#include "vault/vault.h"

typedef struct {
  AgentWorkspace *workspace;
  DmcJob *job;
} Changing;

static void
on_changed (GObject *source, GAsyncResult *result, gpointer data)
{
  Changing *self = data;
  GError *error = NULL;

  (void) source;
  agent_workspace_step (self->workspace, WORKSPACE_EVENT_FAILED, NULL); /* at rest, as it was */
  if (dmc_vault_rekey_finish (result, &error))
    dmc_job_done (self->job, dmc_json_node ("id:s", agent_workspace_get_id (self->workspace), NULL));
  else
    dmc_job_fail (self->job, error);
  g_object_unref (self->workspace);
  g_object_unref (self->job);
  g_free (self);
}

/**
 * workspace_passwd:
 * @workspace: a workspace in state opening
 * @user: its user
 * @passphrase: what opens it now
 * @new_passphrase: what shall open it
 * @job: ends when it does; it cannot be cancelled, for then nobody would know which one opens it
 *
 * Changes the passphrase of a workspace that is closed or suspended.
 */
void
workspace_passwd (AgentWorkspace *workspace, const char *user, DmcPassphrase *passphrase, DmcPassphrase *new_passphrase,
                  DmcJob *job)
{
  DmcVaultKind kind = DMC_VAULT_NONE;
  Changing *self = g_new0 (Changing, 1);

  self->workspace = g_object_ref (workspace);
  self->job = g_object_ref (job);
  dmc_vault_kind_from_string (agent_workspace_get_file (workspace)->vault, &kind);
  dmc_job_set_progress (job, 0.1, "Changing the passphrase");
  dmc_vault_rekey_async (agent_workspace_get_path (workspace), kind, user, dmc_passphrase_get_text (passphrase),
                         dmc_passphrase_get_text (new_passphrase), on_changed, self);
}

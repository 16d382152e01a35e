/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-open.h"

#include <fcntl.h>
#include <unistd.h>

#include "agent/package-work.h"
#include "agent/steps.h"
#include "apps/app-record.h"
#include "rpc/error.h"

typedef struct {
  AgentWorkspace *workspace;
  DmcHelper *helper; /* NULL: reduced mode */
  char *user;
  DmcPassphrase *passphrase;
  gboolean display;
  DmcJob *job;
  char *desktop_address; /* NULL: no desktop of its own */
  DmcVault *vault;
  DmcView *view;
  DmcPolicyService *policy;
  AgentMediator *mediator;
  AgentDesktop *desktop;
} Opening;

static void
opening_free (Opening *self)
{
  g_clear_object (&self->desktop);
  g_clear_object (&self->mediator);
  g_clear_object (&self->policy);
  g_clear_object (&self->view);
  g_clear_object (&self->vault);
  g_clear_pointer (&self->helper, dmc_helper_unref);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
  g_clear_object (&self->job);
  g_object_unref (self->workspace);
  g_free (self->user);
  g_free (self->desktop_address);
  g_free (self);
}

#define VAULT_UNTIL  0.8
#define VIEW_UNTIL   0.85
#define SETTLE_UNTIL 0.9

static void
on_vault_progress (double fraction, const char *text, gpointer data)
{
  Opening *self = data;

  dmc_job_set_progress (self->job, fraction * VAULT_UNTIL, text);
}

static void
vault_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;
  const WorkspaceFile *file = agent_workspace_get_file (self->workspace);
  DmcVaultKind kind = DMC_VAULT_NONE;

  dmc_vault_kind_from_string (file->vault, &kind);
  dmc_vault_open_async (agent_workspace_get_path (self->workspace), kind, self->helper, self->user,
                        dmc_passphrase_get_text (self->passphrase), on_vault_progress, self, cancellable,
                        callback, data);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref); /* the vault has its own copy, and wipes it */
}

static gboolean
vault_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  self->vault = dmc_vault_open_finish (result, error);
  return self->vault != NULL;
}

static void
vault_undo (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  dmc_vault_close_async (self->vault, cancellable, callback, data);
}

static gboolean
vault_undo_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  return dmc_vault_close_finish (self->vault, result, error);
}

static void
view_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;
  const char *authority = g_getenv ("XAUTHORITY");
  g_autofree char *usual = g_build_filename (g_get_home_dir (), ".Xauthority", NULL);
  DmcViewConfig config = {
    .vault = self->vault,
    .name = agent_workspace_get_name (self->workspace),
    .user = self->user,
    .display = self->display,
    .suspendable = self->desktop_address != NULL,
    .isolated = workspace_file_is_isolated (agent_workspace_get_file (self->workspace)),
  };

  if (self->display)
    config.xauthority = authority != NULL ? authority : usual;
  if (config.xauthority != NULL && !g_file_test (config.xauthority, G_FILE_TEST_IS_REGULAR))
    config.xauthority = NULL;
  dmc_view_open_async (&config, cancellable, callback, data);
}

static gboolean
view_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  self->view = dmc_view_open_finish (result, error);
  return self->view != NULL;
}

static void
view_undo (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  dmc_view_close_async (self->view, 0, cancellable, callback, data);
}

static gboolean
view_undo_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  return dmc_view_close_finish (self->view, result, error);
}

/* A step that has nothing to do. */
static void
skip (gpointer source_tag, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_source_tag (task, source_tag);
  g_task_return_boolean (task, TRUE);
}

/* The host's list of packages, where the workspace has packages of its own beside it; or -1. */
static int
open_host_packages (Opening *self)
{
  int records = -1, host = -1;

  if (!dmc_view_is_reduced (self->view) && !workspace_file_is_isolated (agent_workspace_get_file (self->workspace)))
    records = dmc_view_open_path (self->view, APP_RECORDS, NULL);
  if (records < 0)
    return -1;
  close (records);
  host = open ("/var/lib/dpkg/status", O_RDONLY | O_CLOEXEC);
  return host;
}

static void
settle_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  static const char *const arguments[] = { "settle", NULL };
  Opening *self = work;
  int host = open_host_packages (self);

  if (host < 0) {
    skip (settle_start, callback, data);
    return;
  }
  package_work_async (self->view, arguments, host, NULL, cancellable, callback, data);
  close (host);
}

/* Apps whose packages do not fit this host may not start; the workspace opens all the same. */
static gboolean
settle_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;
  g_autoptr (GError) local = NULL;
  g_autofree char *key = NULL;

  if (g_async_result_is_tagged (result, settle_start))
    return g_task_propagate_boolean (G_TASK (result), error);
  key = package_work_finish (result, &local);
  if (g_error_matches (local, DMC_ERROR, DMC_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (local != NULL)
    g_warning ("The apps of “%s” are not fitted to this host: %s", agent_workspace_get_name (self->workspace), local->message);
  return TRUE;
}

static void
mediator_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  skip (mediator_start, callback, data); /* it is done in a moment */
}

static gboolean
mediator_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  self->mediator = agent_mediator_new (self->policy, self->view, dmc_vault_get_root_fd (self->vault),
                                       agent_workspace_get_id (self->workspace), error);
  return self->mediator != NULL;
}

static void
desktop_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  if (self->desktop_address == NULL)
    skip (desktop_start, callback, data);
  else
    agent_desktop_start_async (self->view, agent_workspace_get_name (self->workspace), self->desktop_address,
                               cancellable, callback, data);
}

static gboolean
desktop_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  if (g_async_result_is_tagged (result, desktop_start))
    return g_task_propagate_boolean (G_TASK (result), error);
  self->desktop = agent_desktop_start_finish (result, error);
  return self->desktop != NULL;
}

static const Step opening_steps[] = {
  { "Unlocking the vault", VAULT_UNTIL, vault_start, vault_finish, vault_undo, vault_undo_finish },
  { "Building the view", VIEW_UNTIL, view_start, view_finish, view_undo, view_undo_finish },
  { "Reading what apps have accessed", VIEW_UNTIL, mediator_start, mediator_finish, NULL, NULL },
  { "Fitting the apps to this host", SETTLE_UNTIL, settle_start, settle_finish, NULL, NULL },
  { "Starting the desktop", 1.0, desktop_start, desktop_finish, NULL, NULL },
};

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  Opening *self = data;
  g_autoptr (GError) error = NULL;

  if (steps_run_finish (result, &error)) {
    agent_workspace_attach (self->workspace, self->vault, self->view, self->mediator);
    agent_workspace_set_desktop (self->workspace, self->desktop);
    agent_workspace_step (self->workspace, WORKSPACE_EVENT_READY, NULL);
    dmc_job_done (self->job, agent_workspace_to_json (self->workspace));
  } else {
    agent_workspace_step (self->workspace, WORKSPACE_EVENT_FAILED, NULL);
    dmc_job_fail (self->job, g_steal_pointer (&error));
  }
  opening_free (self);
}

/**
 * workspace_open:
 * @workspace: a workspace in state opening
 * @helper: (transfer full) (nullable): a fresh connection; %NULL opens in reduced mode
 * @user: who opens it
 * @passphrase: the passphrase
 * @policy: whose policy holds in it
 * @display: whether its apps may use the host's display
 * @desktop_address: (nullable): where to show a desktop of its own; %NULL for none
 * @job: ends with the Workspace object, or with the reason why it is closed again
 *
 * Opens the vault and builds the view.
 */
void
workspace_open (AgentWorkspace *workspace, DmcHelper *helper, const char *user, DmcPassphrase *passphrase,
                DmcPolicyService *policy, gboolean display, const char *desktop_address, DmcJob *job)
{
  Opening *self = g_new0 (Opening, 1);

  self->workspace = g_object_ref (workspace);
  self->helper = helper;
  self->user = g_strdup (user);
  self->passphrase = dmc_passphrase_ref (passphrase);
  self->policy = g_object_ref (policy);
  self->display = display;
  self->desktop_address = g_strdup (desktop_address);
  self->job = g_object_ref (job);
  steps_run_async (opening_steps, G_N_ELEMENTS (opening_steps), self, job, dmc_job_get_cancellable (job), on_opened, self);
}

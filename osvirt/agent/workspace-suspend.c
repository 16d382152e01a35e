/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suspending a workspace. What runs is given up only when its image is on the medium and has been tried; until then every
 * failure leaves it as it was. */
#include "agent/workspace-suspend.h"

#include <unistd.h>

#include "agent/bundle-live.h"
#include "agent/steps.h"
#include "agent/suspend-files.h"
#include "agent/suspend-obstacles.h"
#include "agent/suspend-store.h"
#include "agent/workspace-close.h"
#include "launcher/view-suspend.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* Viewers are let go at once; the desktop notices when it runs. */
#define VIEWERS_US (5 * G_USEC_PER_SEC)
#define VIEWERS_AGAIN_MS 10
/* Reads and writes fail as soon as a program of the vault has ended; so long its keeper may take to say which. */
#define LAST_WORD_MS 1000

typedef struct {
  AgentWorkspace *workspace;
  AgentSession *session;
  gboolean held; /* it */
  DmcView *view;
  DmcJob *job;
  gboolean anywhere;
  gint64 deadline_us; /* for the viewers; 0 until they have been let go */
  int image;          /* -1 */
  gint64 suspended_us;
  GError *why;      /* it failed, while that is being looked into; NULL */
  guint patience;   /* 0; until the vault's keeper is not waited for any more */
  JsonArray *files; /* those of the host's that it uses, some of them carried along; NULL: its root is its own */
} Suspending;

static void
suspending_free (Suspending *self)
{
  if (self->image >= 0)
    close (self->image);
  g_clear_pointer (&self->files, json_array_unref);
  g_clear_error (&self->why);
  g_object_unref (self->workspace);
  g_object_unref (self->session);
  g_object_unref (self->view);
  g_object_unref (self->job);
  g_free (self);
}

static int
root_of (Suspending *self)
{
  return dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace));
}

/* --- the verbs of the helper ------------------------------------------------------------------------------------------ */

static gboolean
call_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Suspending *self = work;

  return dmc_view_suspend_call_finish (self->view, result, NULL, error);
}

static void
detach_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;

  dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_DETACH, -1, cancellable, callback, data);
}

static void
undo_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;

  dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_UNDO, -1, cancellable, callback, data);
}

/* --- what is only found when it is tried ------------------------------------------------------------------------------- */

static gboolean
names_somebody (const GError *error)
{
  JsonObject *data = error->domain == DMC_ERROR ? dmc_error_get_data (error) : NULL;

  return data != NULL && json_object_has_member (data, "obstacles");
}

/* Now that nothing moves, looking again finds what came between the first look and the stop. */
static void
on_looked_again (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Suspending *self = g_task_get_task_data (task);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (JsonArray) list = NULL;
  gboolean blocked = FALSE;

  if (dmc_view_suspend_call_finish (self->view, result, &text, NULL))
    list = suspend_obstacles_parse (self->workspace, text, &blocked, NULL);
  if (blocked) {
    g_clear_error (&self->why);
    g_task_return_error (task, suspend_obstacles_error (self->workspace, g_steal_pointer (&list)));
  } else
    g_task_return_error (task, g_steal_pointer (&self->why));
}

/* Where it failed, with the process that is in the way, if CRIU or a second look can tell. */
static void
on_tried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Suspending *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (dmc_view_suspend_call_finish (self->view, result, NULL, &error)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  error = suspend_obstacles_explain (self->workspace, error);
  if (!g_error_matches (error, DMC_ERROR, DMC_ERROR_STATE) || names_somebody (error)) {
    g_task_return_error (task, error);
    return;
  }
  self->why = error;
  dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_CHECK, -1, NULL, on_looked_again, g_steal_pointer (&task));
}

static void
try_verb (Suspending *self, ViewSuspendVerb verb, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, self, NULL);
  dmc_view_suspend_call_async (self->view, verb, -1, cancellable, on_tried, task);
}

static void
dump_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  try_verb (work, VIEW_SUSPEND_DUMP, cancellable, callback, data);
}

static void
try_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  try_verb (work, VIEW_SUSPEND_TRY, cancellable, callback, data);
}

/* --- looking ------------------------------------------------------------------------------------------------------------ */

static void
look (GTask *task);

static gboolean
on_look_again (gpointer data)
{
  look (data);
  return G_SOURCE_REMOVE;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Suspending *self = g_task_get_task_data (task);
  g_autoptr (GBytes) text = NULL;
  GError *error = NULL;
  JsonArray *list;
  gboolean blocked, viewers;

  if (!dmc_view_suspend_call_finish (self->view, result, &text, &error)) {
    g_task_return_error (task, error);
    return;
  }
  list = suspend_obstacles_parse (self->workspace, text, &blocked, &viewers);
  if (blocked)
    g_task_return_error (task, suspend_obstacles_error (self->workspace, g_steal_pointer (&list)));
  else if (self->deadline_us == 0) { /* only now that nothing is in the way they lose their picture, and the host what it hears */
    agent_desktop_pause (agent_workspace_get_desktop (self->workspace));
    agent_session_disconnect_sound (agent_workspace_get_session (self->workspace));
    self->deadline_us = g_get_monotonic_time () + VIEWERS_US;
    if (viewers)
      look (g_steal_pointer (&task));
    else
      g_task_return_boolean (task, TRUE);
  } else if (viewers && g_get_monotonic_time () < self->deadline_us)
    g_timeout_add (VIEWERS_AGAIN_MS, on_look_again, g_steal_pointer (&task));
  else if (viewers)
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, "Try again.", "The desktop does not let its viewers go."));
  else
    g_task_return_boolean (task, TRUE);
  g_clear_pointer (&list, json_array_unref);
}

/* Takes @task over. */
static void
look (GTask *task)
{
  Suspending *self = g_task_get_task_data (task);

  dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_CHECK, -1, NULL, on_looked, task);
}

/* What brings it the settings of its host holds on to the agent until it has ended. */
static void
session_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;

  self->held = TRUE;
  agent_session_hold_async (self->session, callback, data);
}

/* Also lets the viewers go; that is all that a suspension which fails here has changed. */
static void
check_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;
  GTask *task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, self, NULL);
  look (task);
}

static gboolean
task_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- carrying files along ------------------------------------------------------------------------------------------------- */

static void
on_files_carried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Suspending *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->files = suspend_files_carry_finish (result, &error);
  if (self->files != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_files_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Suspending *self = g_task_get_task_data (task);
  g_autoptr (GBytes) list = NULL;
  GError *error = NULL;

  if (dmc_view_suspend_call_finish (self->view, result, &list, &error)) {
    suspend_files_carry_async (self->view, root_of (self), list, workspace_settings_list_placed (agent_workspace_get_bound (self->workspace)),
                               self->anywhere, g_task_get_cancellable (task), on_files_carried, task);
    return;
  }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
carry_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;
  GTask *task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, self, NULL);
  if (!workspace_file_is_isolated (agent_workspace_get_file (self->workspace))) {
    dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_FILES, -1, NULL, on_files_listed, task);
    return;
  }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* --- writing -------------------------------------------------------------------------------------------------------------- */

static void
pack_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;
  GError *error = NULL;

  self->image = suspend_store_begin (root_of (self), &error);
  if (self->image < 0)
    g_task_report_error (NULL, callback, data, pack_start, error);
  else
    dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_PACK, self->image, cancellable, callback, data);
}

static gboolean
pack_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Suspending *self = work;
  gboolean ok = self->image < 0 ? g_task_propagate_boolean (G_TASK (result), error) : call_finish (work, result, error);

  if (!ok)
    suspend_store_drop (root_of (self));
  return ok;
}

static void
drop_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Suspending *self = task_data;
  GError *error = NULL;

  suspend_store_drop (root_of (self));
  if (agent_workspace_set_suspended (self->workspace, 0, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
drop_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, work, NULL);
  g_task_run_in_thread (task, drop_in_thread);
}

static void
add_started (int pid, const char *app, gpointer data)
{
  json_array_add_object_element (data, dmc_json_object ("pid:i", (gint64) pid, "app:s", app, NULL));
}

/* What of its settings is in the processes, and must be as it was. */
static JsonObject *
bound_to_record (AgentWorkspace *workspace)
{
  g_autoptr (JsonObject) all = workspace_settings_to_json (agent_workspace_get_bound (workspace));
  JsonObject *bound = json_object_new ();

  json_object_set_member (bound, "network", json_object_dup_member (all, "network"));
  json_object_set_member (bound, "paths", json_object_dup_member (all, "paths"));
  return bound;
}

static JsonNode *
make_record (Suspending *self)
{
  JsonArray *started = json_array_new ();

  process_table_each (agent_workspace_get_processes (self->workspace), add_started, started);
  return dmc_json_node ("format:i", (gint64) 1, "suspended_us:i", self->suspended_us, "started:a", started, "desktop:o",
                        agent_desktop_to_record (agent_workspace_get_desktop (self->workspace)), "files:a",
                        self->files != NULL ? json_array_ref (self->files) : NULL, "bound:o",
                        bound_to_record (self->workspace), "bundles:a", bundle_live_to_record (self->view), "labelled:a",
                        agent_mediator_to_record (agent_workspace_get_mediator (self->workspace)), NULL);
}

static void
commit_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Suspending *self = task_data;
  g_autoptr (JsonNode) record = make_record (self);
  GError *error = NULL;
  gboolean ok = suspend_store_commit (root_of (self), self->image, record, &error);

  close (self->image); /* the vault is not free while it is open */
  self->image = -1;
  if (ok && agent_workspace_set_suspended (self->workspace, self->suspended_us, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
commit_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Suspending *self = work;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  self->suspended_us = g_get_real_time ();
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, commit_in_thread);
}

/* --- all of it ------------------------------------------------------------------------------------------------------------ */

static const Step suspending_steps[] = {
  { "Waiting for what is being started", 0.05, session_start, task_finish, NULL, NULL },
  { "Looking for what is in the way", 0.1, check_start, task_finish, NULL, NULL },
  { "Stopping the programs", 0.15, detach_start, call_finish, undo_start, call_finish },
  { "Saving the programs", 0.4, dump_start, task_finish, NULL, NULL },
  { "Trying whether they come back", 0.6, try_start, task_finish, NULL, NULL },
  { "Looking which files they use", 0.7, carry_start, task_finish, NULL, NULL },
  { "Writing the image", 0.9, pack_start, pack_finish, drop_start, task_finish },
  { "Making sure that it is on the medium", 0.95, commit_start, task_finish, NULL, NULL },
};

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  Suspending *self = data;
  GError *error = NULL;
  g_autoptr (JsonNode) node = workspace_close_finish (result, &error);
  JsonNode *workspace;

  if (node == NULL)
    dmc_job_fail (self->job, error);
  else {
    workspace = agent_workspace_to_json (self->workspace);
    json_object_set_member (json_node_get_object (workspace), "host_clean",
                            json_node_copy (json_object_get_member (json_node_get_object (node), "host_clean")));
    dmc_job_done (self->job, workspace);
  }
  suspending_free (self);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  Suspending *self = data;
  g_autoptr (GError) error = NULL;

  /* The image counts in any case: where the helper is gone, so are the programs. */
  if (!dmc_view_suspend_call_finish (self->view, result, NULL, &error))
    g_warning ("Ending the programs of a suspended workspace: %s", error->message);
  agent_workspace_step (self->workspace, WORKSPACE_EVENT_KEPT, NULL);
  workspace_close_async (self->workspace, 0, self->job, on_closed, self);
}

/* (transfer full): why it did not work, of a workspace that could not go on either */
static GError *
closed_error (Suspending *self)
{
  const char *name = agent_workspace_get_name (self->workspace), *program = dmc_vault_get_ended (agent_workspace_get_vault (self->workspace));

  if (program != NULL)
    return dmc_error_new (DMC_ERROR_IO, "Open it again, which checks its file system; what programs had saved to files is there.",
                          "The workspace “%s” was not suspended and is closed: %s, a program that serves its vault, ended by itself meanwhile.",
                          name, program);
  return dmc_error_new (DMC_ERROR_IO, "Open it; what programs had saved to files is there.",
                        "The programs of the workspace “%s” ended while they were being saved, and it was closed.", name);
}

/* As it was, or, where not even that worked out, to be closed. */
static void
give_up (Suspending *self, GError *error)
{
  AgentDesktop *desktop = agent_workspace_get_desktop (self->workspace);
  g_autoptr (GError) local = NULL;

  if (desktop != NULL && !agent_desktop_go_on (desktop, &local))
    g_warning ("The desktop of a workspace cannot be seen any more: %s", local->message);
  if (agent_workspace_get_session (self->workspace) != NULL)
    agent_session_connect_sound (agent_workspace_get_session (self->workspace), agent_workspace_get_name (self->workspace));
  if (self->held)
    agent_session_release (self->session);
  agent_workspace_step (self->workspace, WORKSPACE_EVENT_FAILED, NULL);
  if (agent_workspace_get_state (self->workspace) != WORKSPACE_OPEN) {
    GError *ended = closed_error (self);

    g_warning ("%s (%s)", ended->message, error->message);
    g_error_free (error);
    error = ended;
  }
  dmc_job_fail (self->job, error);
  suspending_free (self);
}

static void
on_last_word (Suspending *self)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  g_signal_handlers_disconnect_by_data (agent_workspace_get_vault (self->workspace), self);
  give_up (self, g_steal_pointer (&self->why));
}

static gboolean
on_no_word (gpointer data)
{
  Suspending *self = data;

  self->patience = 0;
  on_last_word (self);
  return G_SOURCE_REMOVE;
}

/* Whether it may have failed because a program of the vault has ended, of which nothing was heard yet. */
static gboolean
may_have_lost_its_vault (Suspending *self, const GError *error)
{
  DmcVault *vault = agent_workspace_get_vault (self->workspace);

  return dmc_vault_get_kind (vault) != DMC_VAULT_NONE && dmc_vault_get_ended (vault) == NULL && !names_somebody (error)
         && !g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  Suspending *self = data;
  GError *error = NULL;

  if (!steps_run_finish (result, &error)) {
    if (!may_have_lost_its_vault (self, error)) {
      give_up (self, error);
      return;
    }
    self->why = error;
    self->patience = g_timeout_add (LAST_WORD_MS, on_no_word, self);
    g_signal_connect_swapped (agent_workspace_get_vault (self->workspace), "ended", G_CALLBACK (on_last_word), self);
    return;
  }
  dmc_view_suspend_call_async (self->view, VIEW_SUSPEND_KEEP, -1, NULL, on_kept, self);
}

/**
 * workspace_suspend:
 * @workspace: a workspace in state suspending
 * @anywhere: whether to carry along the files of the host that its programs use
 * @job: ends with the Workspace object and “host_clean”, or with the reason why it goes on
 *
 * Saves every process of the workspace into its vault and closes it.
 */
void
workspace_suspend (AgentWorkspace *workspace, gboolean anywhere, DmcJob *job)
{
  Suspending *self = g_new0 (Suspending, 1);

  self->workspace = g_object_ref (workspace);
  self->session = g_object_ref (agent_workspace_get_session (workspace));
  self->view = g_object_ref (agent_workspace_get_view (workspace));
  self->job = g_object_ref (job);
  /* What was carried here is in use, and must be carried on. */
  self->anywhere = anywhere || dmc_view_is_carried (self->view);
  self->image = -1;
  steps_run_async (suspending_steps, G_N_ELEMENTS (suspending_steps), self, job, dmc_job_get_cancellable (job), on_saved,
                   self);
}

/* A resume binds again what was bound, and shares no folder of a host's that only somebody who was there has given. */
static gboolean
require_own_shares (AgentWorkspace *workspace, GError **error)
{
  g_auto (GStrv) bound = workspace_settings_list_shares (agent_workspace_get_bound (workspace));
  g_auto (GStrv) own = workspace_settings_list_shares (agent_workspace_get_file (workspace)->settings);

  for (gsize i = 0; bound[i] != NULL; i++) {
    if (g_strv_contains ((const char *const *) own, bound[i]))
      continue;
    g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Add the rule to the workspace's settings.",
                                             "A workspace cannot be suspended with a folder that it shares for this time only: %s.", bound[i]));
    dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), "shares"));
    return FALSE;
  }
  return TRUE;
}

/* Whether it is of a kind that can be suspended. */
gboolean
workspace_suspend_require (AgentWorkspace *workspace, GError **error)
{
  static const struct {
    const char *needs, *hint;
  } reasons[] = {
    { "desktop", "Close it, then open it with a desktop of its own." },
    { "suspend", "Switch on “suspend” in its settings, then close and open it." },
    { "domicile-helper", "Start domicile-helper, then close and open the workspace." },
  };
  gsize why;

  if (!agent_workspace_require_open (workspace, error))
    return FALSE;
  if (agent_workspace_get_desktop (workspace) != NULL && dmc_view_is_suspendable (agent_workspace_get_view (workspace)))
    return require_own_shares (workspace, error);
  why = agent_workspace_get_desktop (workspace) == NULL                                                   ? 0
        : (agent_workspace_get_bound (workspace)->switches & WORKSPACE_SUSPEND) == 0 ? 1
                                                                                     : 2;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, reasons[why].hint,
                                           "The workspace “%s” was not opened so that it can be suspended.",
                                           agent_workspace_get_name (workspace)));
  dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), reasons[why].needs));
  return FALSE;
}

/* --- only looking --------------------------------------------------------------------------------------------------------- */

typedef struct {
  AgentWorkspace *workspace;
  AgentSession *session;
  DmcRequest *request;
} Check;

static void
check_free (Check *self)
{
  agent_session_release (self->session);
  g_object_unref (self->session);
  g_object_unref (self->workspace);
  g_object_unref (self->request);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Check, check_free)

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Check) check = data;
  AgentWorkspace *workspace = check->workspace;
  DmcRequest *request = check->request;
  g_autoptr (GBytes) text = NULL;
  GError *error = NULL;
  gboolean blocked;
  JsonArray *list;

  if (!dmc_view_suspend_call_finish (DMC_VIEW (source), result, &text, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  if (agent_workspace_get_processes (workspace) == NULL) {
    dmc_request_fail (request, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace was closed meanwhile."));
    return;
  }
  list = suspend_obstacles_parse (workspace, text, &blocked, NULL);
  dmc_request_reply (request, dmc_json_node ("ready:b", !blocked, "obstacles:a", list, NULL));
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Check) check = data;
  DmcView *view = agent_workspace_get_view (check->workspace);

  if (view != NULL) {
    dmc_view_suspend_call_async (view, VIEW_SUSPEND_CHECK, -1, NULL, on_checked, g_steal_pointer (&check));
    return;
  }
  dmc_request_fail (check->request, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace was closed meanwhile."));
}

/**
 * workspace_suspend_check:
 * @workspace: an open workspace of a kind that can be suspended
 * @request: is answered with {ready, obstacles}
 */
void
workspace_suspend_check (AgentWorkspace *workspace, DmcRequest *request)
{
  Check *check = g_new0 (Check, 1);

  check->workspace = g_object_ref (workspace);
  check->session = g_object_ref (agent_workspace_get_session (workspace));
  check->request = g_object_ref (request);
  agent_session_hold_async (check->session, on_settled, check);
}

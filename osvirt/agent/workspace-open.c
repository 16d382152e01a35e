/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-open.h"

#include <fcntl.h>
#include <unistd.h>

#include "agent/app-actions.h"
#include "agent/autostart.h"
#include "agent/bindings.h"
#include "agent/bundle-links.h"
#include "agent/bundle-live.h"
#include "agent/open-mark.h"
#include "agent/open-notes.h"
#include "agent/package-work.h"
#include "agent/steps.h"
#include "agent/suspend-files.h"
#include "agent/suspend-store.h"
#include "agent/translator.h"
#include "agent/workspace-apps.h"
#include "agent/workspace-mend.h"
#include "apps/app-record.h"
#include "apps/layer.h"
#include "helper/fault.h"
#include "launcher/open.h"
#include "rpc/error.h"
#include "rpc/json.h"

typedef struct {
  AgentWorkspace *workspace;
  DmcHelper *helper; /* NULL: reduced mode */
  HelperFinder *finder; /* not owned */
  char *user;
  DmcPassphrase *passphrase;
  gboolean display;
  DmcJob *job;
  char *desktop_address; /* NULL: no desktop of its own */
  guint dpi;             /* it is drawn for */
  WorkspaceOpenHow how;
  WorkspaceSettings *settings;
  HostTraces *traces; /* of before */
  AgentSession *session;
  AgentTranslator *translator;
  DmcVault *vault;
  AgentLaunchpad *launchpad;
  char *recovered; /* what is said about the last time, where it did not end well */
  int image;            /* -1, or what is resumed, taken from its store */
  JsonObject *record;   /* of it */
  guint n_carried;
  gboolean restoring;
  GCancellable *cancellable; /* the job's, until it is too late */
  gulong cancelled_handler;
  int network[2];       /* of a resume: made before the view, whose sockets need its addresses; -1 */
  GHashTable *kept;     /* the bundles beside the layers of what is resumed, until the view is there; NULL */
  DmcView *view;
  DmcPolicyService *policy;
  AgentGuard *guard; /* not owned */
  AgentMediator *mediator;
  AgentDesktop *desktop;
} Opening;

/* The vault is not free while it is open. */
static void
image_close (Opening *self)
{
  if (self->image >= 0)
    close (self->image);
  self->image = -1;
}

static void
opening_free (Opening *self)
{
  workspace_settings_free (self->settings);
  g_clear_pointer (&self->traces, host_traces_free);
  g_clear_object (&self->session);
  g_clear_object (&self->translator);
  g_clear_object (&self->desktop);
  g_clear_object (&self->mediator);
  g_clear_object (&self->policy);
  g_clear_object (&self->view);
  g_clear_pointer (&self->kept, g_hash_table_unref);
  g_clear_pointer (&self->launchpad, agent_launchpad_free);
  g_clear_object (&self->vault);
  g_clear_pointer (&self->record, json_object_unref);
  image_close (self);
  wire_close_fds (self->network, 2);
  g_cancellable_disconnect (dmc_job_get_cancellable (self->job), self->cancelled_handler);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->helper, dmc_helper_unref);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
  g_clear_object (&self->job);
  g_object_unref (self->workspace);
  g_free (self->user);
  g_free (self->desktop_address);
  g_free (self->recovered);
  g_free (self);
}

#define VAULT_UNTIL  0.6
#define IMAGE_UNTIL  0.7
#define VIEW_UNTIL   0.85
#define SETTLE_UNTIL 0.9
#define BUNDLES_UNTIL 0.95

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
  /* The vault has its own copy, and wipes it; a new session's keyring opens with it too. */
  if (self->how == WORKSPACE_OPEN_RESUME || (self->settings->switches & WORKSPACE_KEYRING) == 0)
    g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
}

static gboolean
vault_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  self->vault = dmc_vault_open_finish (result, error);
  if (self->vault != NULL && dmc_vault_get_kind (self->vault) == DMC_VAULT_LUKS)
    host_traces_note_vault (self->traces, dmc_vault_get_root_fd (self->vault));
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

/* --- what is suspended in it ----------------------------------------------------------------------------------------------- */

static GError *
already_suspended (Opening *self)
{
  GError *error = dmc_error_new (DMC_ERROR_STATE, "Resume it, or open it with force, which drops what was suspended.",
                                 "Programs are suspended in the workspace “%s”.",
                                 agent_workspace_get_name (self->workspace));

  dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "suspended"));
  return error;
}

/* What a cold open writes would not go with the image any more: so there is none then. */
static void
image_drop (Opening *self, int root, GError **error)
{
  gint64 suspended_us = suspend_store_find (root);

  if (suspended_us > 0 && self->how != WORKSPACE_OPEN_FORCE) {
    /* Should the workspace's file not say so, the power failed in between. */
    if (agent_workspace_set_suspended (self->workspace, suspended_us, error))
      g_propagate_error (error, already_suspended (self));
    return;
  }
  suspend_store_drop (root);
  agent_workspace_set_suspended (self->workspace, 0, error);
}

/* The workspace is bound to what it was bound to: @record, nothing where that is none. */
static gboolean
take_bound (Opening *self, JsonObject *record, GError **error)
{
  g_auto (GStrv) own = workspace_settings_list_shares (agent_workspace_get_file (self->workspace)->settings), bound = NULL;

  self->settings->network = WORKSPACE_NETWORK_HOST;
  g_ptr_array_set_size (self->settings->rules, 0);
  if (record != NULL && !workspace_settings_merge (self->settings, record, error))
    return FALSE;
  bound = workspace_settings_list_shares (self->settings);
  for (gsize i = 0; bound[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) own, bound[i])) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Put the rule back into the workspace's settings, or open it without what was suspended.",
                                               "The workspace was suspended while it shared a folder that its rules do not share now: %s.", bound[i]));
      dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), "rules"));
      return FALSE;
    }
  return TRUE;
}

static void
image_take (Opening *self, int root, GError **error)
{
  self->image = suspend_store_open (root, &self->record, error);
  if (self->image < 0) {
    if (g_error_matches (*error, DMC_ERROR, DMC_ERROR_NOT_FOUND))
      agent_workspace_set_suspended (self->workspace, 0, NULL);
    return;
  }
  if (!agent_desktop_keep_others_out (error) || !take_bound (self, dmc_json_get_object (self->record, "bound"), error)
      || !suspend_files_prepare (root, dmc_json_get_array (self->record, "files"), &self->n_carried, error))
    image_close (self);
}

/* What a closing does last was not done the last time: folders that the workspace made would hide those of its bundles. */
static void
make_up_closing (Opening *self, int root)
{
  int layer = layer_open (root);

  layer_unhide (layer, agent_workspace_get_layer_below (self->workspace, self->helper == NULL));
  if (layer >= 0)
    close (layer);
}

static void
image_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Opening *self = task_data;
  GError *error = NULL;

  if (self->how == WORKSPACE_OPEN_RESUME)
    image_take (self, dmc_vault_get_root_fd (self->vault), &error);
  else
    image_drop (self, dmc_vault_get_root_fd (self->vault), &error);
  /* What is suspended goes on with the links that it had. */
  if (error == NULL && self->how != WORKSPACE_OPEN_RESUME)
    bundle_links_remove_all (dmc_vault_get_root_fd (self->vault));
  if (error != NULL) {
    g_task_return_error (task, error);
    return;
  }
  self->recovered = open_mark_set (self->vault, self->how == WORKSPACE_OPEN_RESUME);
  if (self->recovered != NULL && self->how != WORKSPACE_OPEN_RESUME)
    make_up_closing (self, dmc_vault_get_root_fd (self->vault));
  self->launchpad = agent_launchpad_load (dmc_vault_get_root_fd (self->vault));
  g_task_return_boolean (task, TRUE);
}

static void
image_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, work, NULL);
  g_task_run_in_thread (task, image_in_thread);
}

static gboolean
task_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
put_back_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Opening *self = task_data;
  int root = dmc_vault_get_root_fd (self->vault);

  if (self->image >= 0 && suspend_store_is_spent (self->image)) {
    suspend_store_drop (root);
    agent_workspace_set_suspended (self->workspace, 0, NULL);
  }
  image_close (self);
  if (self->recovered == NULL)
    open_mark_clear (root); /* it is closed as properly as it was */
  g_task_return_boolean (task, TRUE);
}

static void
image_undo (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, work, NULL);
  g_task_run_in_thread (task, put_back_in_thread);
}

/* A step that has nothing to do. */
static void
skip (gpointer source_tag, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_source_tag (task, source_tag);
  g_task_return_boolean (task, TRUE);
}

/* --- the view --------------------------------------------------------------------------------------------------------------- */

/* From here on a resume is not given up because somebody asks for it: what runs again is all that there is. */
static void
on_cancelled (GCancellable *job, Opening *self)
{
  if (!self->restoring)
    g_cancellable_cancel (self->cancellable);
}

static void
view_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;
  const char *authority = g_getenv ("XAUTHORITY");
  g_autofree char *usual = g_build_filename (g_get_home_dir (), ".Xauthority", NULL);
  g_autoptr (AgentBindings) bindings = NULL;
  GError *error = NULL;
  DmcViewConfig config = {
    .vault = self->vault,
    .name = agent_workspace_get_name (self->workspace),
    .user = self->user,
    .display = self->display,
    .suspendable = self->desktop_address != NULL && (self->image >= 0 || (self->settings->switches & WORKSPACE_SUSPEND) != 0),
    .image = MAX (self->image, 0),
    .carried = self->n_carried > 0,
    .isolated = workspace_file_is_isolated (agent_workspace_get_file (self->workspace)),
  };

  self->restoring = self->image >= 0;
  bindings = agent_bindings_collect (self->settings, config.suspendable && self->helper != NULL, &error);
  if (bindings == NULL) {
    g_task_report_error (NULL, callback, data, view_start, error);
    return;
  }
  agent_bindings_configure (bindings, &config);
  config.network = (DmcViewNetwork) self->settings->network;
  if (self->network[0] >= 0)
    config.made_network = self->network;
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

  if (g_async_result_is_tagged (result, view_start))
    return g_task_propagate_boolean (G_TASK (result), error);
  self->view = dmc_view_open_finish (result, error);
  if (self->view != NULL && self->kept != NULL)
    bundle_live_adopt (self->view, g_steal_pointer (&self->kept));
  return self->view != NULL;
}

static void
keep_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  bundle_live_keep_async (self->vault, dmc_json_get_array (self->record, "bundles"), cancellable, callback, data);
}

static gboolean
keep_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  self->kept = bundle_live_keep_finish (result, error);
  return self->kept != NULL;
}

static void
keep_undo (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  g_clear_pointer (&self->kept, g_hash_table_unref);
  skip (keep_undo, callback, data);
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
  gboolean closed = dmc_view_close_finish (self->view, result, error);

  bundle_live_end (self->view);
  return closed;
}

static void
make_network_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Opening *self = task_data;
  struct wire_fault fault = { 0 };

  if (network_open (-1, self->network, &fault) == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, fault_to_error (&fault));
}

static void
make_network_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, self, NULL);
  if (self->settings->network == WORKSPACE_NETWORK_HOST)
    g_task_return_boolean (task, TRUE);
  else
    g_task_run_in_thread (task, make_network_in_thread);
}

static void
network_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  if (self->settings->network == WORKSPACE_NETWORK_NAT)
    agent_translator_start_async (self->view != NULL ? dmc_view_get_network (self->view) : self->network, cancellable, callback, data);
  else
    skip (network_start, callback, data);
}

static gboolean
network_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Opening *self = work;

  if (g_async_result_is_tagged (result, network_start))
    return g_task_propagate_boolean (G_TASK (result), error);
  self->translator = agent_translator_start_finish (result, error);
  return self->translator != NULL;
}

static gboolean
is_there (Opening *self, const char *path)
{
  int there = dmc_view_open_path (self->view, path, NULL);

  if (there >= 0)
    close (there);
  return there >= 0;
}

/* The host's list of packages, where the workspace has packages of its own beside it (an isolated one has no others: then
 * an empty one), or something of work on such that was ended; or -1. */
static int
open_host_packages (Opening *self)
{
  if (dmc_view_is_reduced (self->view) || !(is_there (self, APP_RECORDS) || is_there (self, PACKAGE_WORK_FOLDER)))
    return -1;
  return open (workspace_file_is_isolated (agent_workspace_get_file (self->workspace)) ? "/dev/null" : "/var/lib/dpkg/status",
               O_RDONLY | O_CLOEXEC);
}

static void
settle_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  static const char *const arguments[] = { "settle", NULL };
  Opening *self = work;
  int host = open_host_packages (self), layer;

  if (host < 0) {
    skip (settle_start, callback, data);
    return;
  }
  layer = layer_open (dmc_vault_get_root_fd (self->vault));
  package_work_async (self->view, arguments, host, layer, NULL, cancellable, callback, data);
  close (host);
  if (layer >= 0)
    close (layer);
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
  key = package_work_finish (result, NULL, &local);
  if (g_error_matches (local, DMC_ERROR, DMC_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (local != NULL)
    g_warning ("The apps of “%s” are not fitted to this host: %s", agent_workspace_get_name (self->workspace), local->message);
  return TRUE;
}

static void
bundles_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  bundle_live_attach_all_async (self->view, self->vault, cancellable, callback, data);
}

static gboolean
bundles_finish (gpointer work, GAsyncResult *result, GError **error)
{
  bundle_live_attach_all_finish (result);
  return TRUE;
}

static void
mediator_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;
  GError *error = NULL;

  /* In no later moment: programs that come back may ask at once. */
  self->mediator = agent_mediator_new (self->policy, self->guard, self->view, dmc_vault_get_root_fd (self->vault),
                                       agent_workspace_get_id (self->workspace), &error);
  if (self->mediator == NULL)
    g_task_report_error (NULL, callback, data, mediator_start, error);
  else if (self->how == WORKSPACE_OPEN_RESUME)
    agent_mediator_adopt_async (self->mediator, dmc_json_get_array (self->record, "labelled"), callback, data);
  else
    skip (mediator_start, callback, data);
}

static gboolean
mediator_finish (gpointer work, GAsyncResult *result, GError **error)
{
  if (g_async_result_is_tagged (result, mediator_start))
    return g_task_propagate_boolean (G_TASK (result), error);
  return agent_mediator_adopt_finish (result, error);
}

static void
session_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  self->session = agent_session_new (self->view, self->settings, self->desktop_address != NULL ? self->dpi : 0, self->display);
  agent_session_start (self->session, self->mediator, agent_workspace_get_name (self->workspace), self->passphrase);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
  /* A desktop needs it at once; otherwise the first program that is launched waits for it. */
  if (self->desktop_address != NULL)
    agent_session_wait_async (self->session, callback, data);
  else
    skip (session_start, callback, data);
}

static gboolean
session_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
desktop_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Opening *self = work;

  if (self->desktop_address == NULL)
    skip (desktop_start, callback, data);
  else
    agent_desktop_start_async (self->view, self->mediator, self->session, self->settings->clipboard, agent_workspace_get_name (self->workspace), self->desktop_address,
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

static const Step resuming_steps[] = {
  { "Unlocking the vault", VAULT_UNTIL, vault_start, vault_finish, vault_undo, vault_undo_finish },
  { "Comparing this host with the one before", IMAGE_UNTIL, image_start, task_finish, image_undo, task_finish },
  { "Making the network", IMAGE_UNTIL, make_network_start, task_finish, NULL, NULL },
  { "Connecting the network", IMAGE_UNTIL, network_start, network_finish, NULL, NULL },
  { "Mounting the apps that came after the opening", IMAGE_UNTIL, keep_start, keep_finish, keep_undo, task_finish },
  { "Bringing the programs back", VIEW_UNTIL, view_start, view_finish, view_undo, view_undo_finish },
  { "Reading what apps have accessed", 1.0, mediator_start, mediator_finish, NULL, NULL },
};

static const Step opening_steps[] = {
  { "Unlocking the vault", VAULT_UNTIL, vault_start, vault_finish, vault_undo, vault_undo_finish },
  { "Looking what is suspended in it", IMAGE_UNTIL, image_start, task_finish, image_undo, task_finish },
  { "Building the view", VIEW_UNTIL, view_start, view_finish, view_undo, view_undo_finish },
  { "Connecting the network", VIEW_UNTIL, network_start, network_finish, NULL, NULL },
  { "Reading what apps have accessed", VIEW_UNTIL, mediator_start, mediator_finish, NULL, NULL },
  { "Fitting the apps to this host", SETTLE_UNTIL, settle_start, settle_finish, NULL, NULL },
  { "Mounting what is streamed", BUNDLES_UNTIL, bundles_start, bundles_finish, NULL, NULL },
  { "Starting the session", SETTLE_UNTIL, session_start, session_finish, NULL, NULL },
  { "Starting the desktop", 1.0, desktop_start, desktop_finish, NULL, NULL },
};

/* A desktop that nobody can look at is no reason to end what runs on it. */
static AgentDesktop *
find_desktop (Opening *self)
{
  JsonObject *record = dmc_json_get_object (self->record, "desktop");
  g_autoptr (GError) error = NULL;
  AgentDesktop *desktop = agent_desktop_new_running (self->view, agent_workspace_get_name (self->workspace),
                                                     self->desktop_address, record != NULL ? record : self->record, &error);

  if (desktop == NULL)
    g_warning ("The desktop of “%s” cannot be seen: %s", agent_workspace_get_name (self->workspace), error->message);
  else if (!agent_desktop_adapt (desktop, self->mediator, self->session, self->settings->clipboard))
    agent_workspace_add_note (self->workspace, "The clipboard crosses no further than when the workspace was suspended. Close and open it to change that.");
  if (desktop != NULL && !agent_desktop_is_found (desktop))
    agent_workspace_add_note (self->workspace, "An older Domicile suspended it: apps that you start now do not find its desktop. Save what runs, then close "
                                               "the workspace and open it again.");
  return desktop;
}

/* What its programs find from now on: drawn as large as somebody said, or as it was. */
static AgentSession *
find_session (Opening *self)
{
  JsonObject *record = dmc_json_get_object (self->record, "desktop");
  gint64 dpi = self->dpi > 0 ? self->dpi : record != NULL ? dmc_json_get_int (record, "dpi", 0) : 0;
  AgentSession *session = agent_session_new (self->view, self->settings, dpi > 0 ? (guint) dpi : AGENT_SESSION_DPI, FALSE);

  agent_session_renew (session);
  return session;
}

/* What ran goes on under the names that it had; the image is of no use any more. */
static void
remember_resumed (Opening *self)
{
  ProcessTable *processes = agent_workspace_get_processes (self->workspace);
  JsonArray *started = dmc_json_get_array (self->record, "started");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; started != NULL && i < json_array_get_length (started); i++) {
    JsonNode *node = json_array_get_element (started, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      process_table_add (processes, (int) dmc_json_get_int (json_node_get_object (node), "pid", 0),
                         dmc_json_get_string (json_node_get_object (node), "app", NULL));
  }
  suspend_store_drop (dmc_vault_get_root_fd (self->vault));
  if (!agent_workspace_set_suspended (self->workspace, 0, &error))
    g_warning ("The workspace is marked as suspended still: %s", error->message);
}

/* What an app of the last time still had to clean up is clean now. */
static void
on_actions_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  Opening *self = data;

  app_actions_load_finish (result);
  agent_workspace_step (self->workspace, WORKSPACE_EVENT_READY, NULL);
  workspace_mend_watch (self->workspace);
  open_notes_tell_reduced (self->workspace, helper_finder_get_lack (self->finder));
  if (self->how != WORKSPACE_OPEN_RESUME)
    open_notes_tell_silence (self->workspace, self->session);
  if (self->how != WORKSPACE_OPEN_RESUME && (self->settings->switches & WORKSPACE_AUTOSTART) != 0)
    autostart_run (self->policy, self->workspace, self->display || self->desktop != NULL);
  dmc_job_done (self->job, agent_workspace_to_json (self->workspace));
  opening_free (self);
}

/* Takes @error over. */
static void
fail_opening (Opening *self, GError *error)
{
  agent_workspace_step (self->workspace, WORKSPACE_EVENT_FAILED, NULL);
  dmc_job_fail (self->job, error);
  opening_free (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  Opening *self = data;
  g_autoptr (GError) error = NULL;

  if (steps_run_finish (result, &error)) {
    agent_workspace_attach (self->workspace, self->vault, self->view, self->mediator);
    agent_workspace_set_traces (self->workspace, g_steal_pointer (&self->traces));
    agent_workspace_set_launchpad (self->workspace, g_steal_pointer (&self->launchpad));
    if (self->session == NULL)
      self->session = find_session (self);
    agent_workspace_set_bound (self->workspace, self->settings, self->session, self->translator);
    agent_workspace_set_recovered (self->workspace, self->recovered);
    if (self->how == WORKSPACE_OPEN_RESUME) {
      self->desktop = find_desktop (self);
      agent_session_connect_sound (self->session, agent_workspace_get_name (self->workspace));
    }
    agent_workspace_set_desktop (self->workspace, self->desktop);
    if (self->how == WORKSPACE_OPEN_RESUME)
      remember_resumed (self);
    app_actions_load_async (self->workspace, self->how == WORKSPACE_OPEN_RESUME, on_actions_loaded, self);
    return;
  }
  fail_opening (self, g_steal_pointer (&error));
}

static void
open_in_steps (Opening *self)
{
  if (self->how == WORKSPACE_OPEN_RESUME)
    steps_run_async (resuming_steps, G_N_ELEMENTS (resuming_steps), self, self->job, self->cancellable, on_opened, self);
  else
    steps_run_async (opening_steps, G_N_ELEMENTS (opening_steps), self, self->job, self->cancellable, on_opened, self);
}

static void
on_helper_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  Opening *self = data;
  const gboolean isolated = workspace_file_is_isolated (agent_workspace_get_file (self->workspace));
  GError *error = NULL;

  self->helper = helper_finder_wait_finish (result);
  if (self->helper == NULL && (isolated || self->how == WORKSPACE_OPEN_RESUME) && !g_cancellable_is_cancelled (self->cancellable)) {
    helper_finder_set_missing (self->how != WORKSPACE_OPEN_RESUME, &error);
    fail_opening (self, error);
  } else
    open_in_steps (self);
}

/**
 * workspace_open:
 * @workspace: a workspace in state opening
 * @helper: (transfer full) (nullable): a fresh connection; %NULL opens in reduced mode, unless @finder gets one
 * @finder: waits for the helper where it is expected to answer soon
 * @user: who opens it
 * @passphrase: the passphrase
 * @policy: whose policy holds in it
 * @guard: what holds its apps to their budgets
 * @how: what to do about programs that are suspended in it
 * @settings: (transfer full): what it binds to of the host this time
 * @traces: (transfer full): what the host is now
 * @shown: where its apps show their windows; copied
 * @job: ends with the Workspace object, or with the reason why it is closed again
 *
 * Opens the vault and builds the view.
 */
void
workspace_open (AgentWorkspace *workspace, DmcHelper *helper, HelperFinder *finder, const char *user, DmcPassphrase *passphrase,
                DmcPolicyService *policy, AgentGuard *guard, WorkspaceOpenHow how, WorkspaceSettings *settings, HostTraces *traces,
                const WorkspaceShown *shown, DmcJob *job)
{
  Opening *self = g_new0 (Opening, 1);

  self->workspace = g_object_ref (workspace);
  self->helper = helper;
  self->finder = finder;
  self->user = g_strdup (user);
  self->passphrase = dmc_passphrase_ref (passphrase);
  self->policy = g_object_ref (policy);
  self->guard = guard;
  self->how = how;
  self->settings = settings;
  self->traces = traces;
  self->image = self->network[0] = self->network[1] = -1;
  self->display = shown->host;
  self->desktop_address = g_strdup (shown->address);
  self->dpi = shown->dpi;
  self->job = g_object_ref (job);
  self->cancellable = g_cancellable_new ();
  self->cancelled_handler = g_cancellable_connect (dmc_job_get_cancellable (job), G_CALLBACK (on_cancelled), self, NULL);
  if (helper == NULL && helper_finder_expects (finder)) {
    dmc_job_set_progress (job, 0, "Waiting for the helper service");
    helper_finder_wait_async (finder, self->cancellable, on_helper_waited, self);
  } else
    open_in_steps (self);
}

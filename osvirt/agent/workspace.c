/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace.h"

#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/medium.h"
#include "storage/remove-tree.h"

struct _AgentWorkspace {
  GObject parent_instance;

  char *id;
  char *name;
  char *path;
  char *problem;       /* NULL while all is well */
  WorkspaceFile *file; /* NULL until the medium has been read */
  WorkspaceState state;
  guint64 used_bytes;

  /* While it is open: */
  gint64 opened_us;
  Medium *medium;
  HostTraces *traces; /* of before it was opened */
  gboolean settings_wait; /* some were set that take effect when it is opened again */
  WorkspaceSettings *bound; /* those that it was opened with */
  AgentSession *session;
  AgentTranslator *translator; /* NULL without one */
  DmcVault *vault;
  DmcView *view;
  gboolean gone;         /* the view has ended */
  AgentDesktop *desktop; /* NULL: its windows are on the host's display, or nowhere */
  AgentMediator *mediator;
  ProcessTable *processes;
  AgentLaunchpad *launchpad;
  GPtrArray *notes; /* sentences on what was not done as its user wants when it was opened */
  char *recovered; /* what is said about how it was open last; NULL where that ended well */
  char *icon_dir;     /* copies of its icons on the host */
  GPtrArray *catalog; /* of DesktopEntry, as of the last app.list or app.launch */
};

G_DEFINE_FINAL_TYPE (AgentWorkspace, agent_workspace, G_TYPE_OBJECT)

enum { CHANGED, STARTED, EXITED, ENDED, DESKTOP_FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

#define N_STATES (WORKSPACE_LOST + 1)
#define N_EVENTS (WORKSPACE_EVENT_KEPT + 1)
#define NO       0
#define AT_REST  (-1)
#define MAX_NOTES 20

/* The whole life of a workspace. A row is the state it is in, a column what happens, an entry the state
 * that follows; NO: that cannot happen then; AT_REST: closed, or suspended if it has an image. */
/* clang-format off */
static const gint8 next_state[N_STATES][N_EVENTS] = {
  [WORKSPACE_CLOSED] = {
    [WORKSPACE_EVENT_OPEN] = WORKSPACE_OPENING, [WORKSPACE_EVENT_LOSE] = WORKSPACE_LOST, [WORKSPACE_EVENT_FIND] = AT_REST },
  [WORKSPACE_SUSPENDED] = {
    [WORKSPACE_EVENT_OPEN] = WORKSPACE_OPENING, [WORKSPACE_EVENT_LOSE] = WORKSPACE_LOST, [WORKSPACE_EVENT_FIND] = AT_REST },
  [WORKSPACE_OPENING] = {
    [WORKSPACE_EVENT_FAILED] = AT_REST, [WORKSPACE_EVENT_READY] = WORKSPACE_OPEN },
  [WORKSPACE_OPEN] = {
    [WORKSPACE_EVENT_CLOSE] = WORKSPACE_CLOSING, [WORKSPACE_EVENT_SUSPEND] = WORKSPACE_SUSPENDING },
  [WORKSPACE_SUSPENDING] = {
    [WORKSPACE_EVENT_FAILED] = WORKSPACE_OPEN, [WORKSPACE_EVENT_KEPT] = WORKSPACE_CLOSING },
  [WORKSPACE_CLOSING] = {
    [WORKSPACE_EVENT_DONE] = AT_REST },
  [WORKSPACE_LOST] = {
    [WORKSPACE_EVENT_LOSE] = WORKSPACE_LOST, [WORKSPACE_EVENT_FIND] = AT_REST },
};
/* clang-format on */

static const char *const state_names[N_STATES] = { "closed", "opening", "open", "closing", "suspending", "suspended", "lost" };

static void
drop_icons (AgentWorkspace *self)
{
  g_autoptr (GError) error = NULL;

  if (self->icon_dir != NULL && !remove_tree (self->icon_dir, &error))
    g_warning ("Icons are left: %s", error->message);
  g_clear_pointer (&self->icon_dir, g_free);
}

static void
agent_workspace_finalize (GObject *object)
{
  AgentWorkspace *self = AGENT_WORKSPACE (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->path);
  g_free (self->problem);
  g_free (self->recovered);
  g_ptr_array_unref (self->notes);
  drop_icons (self);
  g_clear_pointer (&self->file, workspace_file_free);
  agent_workspace_set_desktop (self, NULL);
  g_clear_pointer (&self->processes, process_table_unref);
  g_clear_pointer (&self->launchpad, agent_launchpad_free);
  g_clear_pointer (&self->catalog, g_ptr_array_unref);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  if (self->vault != NULL)
    g_signal_handlers_disconnect_by_data (self->vault, self);
  g_clear_object (&self->session);
  g_clear_object (&self->translator);
  g_clear_pointer (&self->bound, workspace_settings_free);
  g_clear_object (&self->mediator);
  g_clear_object (&self->view);
  g_clear_object (&self->vault);
  g_clear_pointer (&self->medium, medium_free);
  g_clear_pointer (&self->traces, host_traces_free);
  G_OBJECT_CLASS (agent_workspace_parent_class)->finalize (object);
}

static void
agent_workspace_class_init (AgentWorkspaceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_workspace_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[STARTED] = g_signal_new ("started", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_STRING);
  signals[EXITED] = g_signal_new ("exited", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_INT, G_TYPE_INT, G_TYPE_STRING);
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  signals[DESKTOP_FAILED] = g_signal_new ("desktop-failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
}

static void
agent_workspace_init (AgentWorkspace *self)
{
  self->notes = g_ptr_array_new_with_free_func (g_free);
}

/**
 * agent_workspace_new:
 * @path: its folder
 * @file: what its workspace.json says
 *
 * Returns: (transfer full): a closed workspace
 */
AgentWorkspace *
agent_workspace_new (const char *path, const WorkspaceFile *file)
{
  AgentWorkspace *self = g_object_new (AGENT_TYPE_WORKSPACE, NULL);

  self->id = g_strdup (file->id);
  agent_workspace_found (self, path, file);
  return self;
}

/**
 * agent_workspace_new_lost:
 * @path: where its folder was
 * @id: its id
 * @name: its name
 *
 * Returns: (transfer full): a workspace that is known from before and not there now
 */
AgentWorkspace *
agent_workspace_new_lost (const char *path, const char *id, const char *name)
{
  AgentWorkspace *self = g_object_new (AGENT_TYPE_WORKSPACE, NULL);

  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->state = WORKSPACE_LOST;
  return self;
}

const char *
agent_workspace_get_id (AgentWorkspace *self)
{
  return self->id;
}

const char *
agent_workspace_get_name (AgentWorkspace *self)
{
  return self->name;
}

const char *
agent_workspace_get_path (AgentWorkspace *self)
{
  return self->path;
}

const WorkspaceFile *
agent_workspace_get_file (AgentWorkspace *self)
{
  return self->file;
}

/* @reduced: whether it is open in the reduced mode, or shall be */
LayerBelow
agent_workspace_get_layer_below (AgentWorkspace *self, gboolean reduced)
{
  if (workspace_file_is_isolated (self->file))
    return LAYER_OVER_BASE;
  return reduced ? LAYER_OVER_FOLDERS : LAYER_OVER_HOST;
}

WorkspaceState
agent_workspace_get_state (AgentWorkspace *self)
{
  return self->state;
}

const char *
agent_workspace_get_state_name (AgentWorkspace *self)
{
  return state_names[self->state];
}

DmcView *
agent_workspace_get_view (AgentWorkspace *self)
{
  return self->view;
}

DmcVault *
agent_workspace_get_vault (AgentWorkspace *self)
{
  return self->vault;
}

ProcessTable *
agent_workspace_get_processes (AgentWorkspace *self)
{
  return self->processes;
}

/* (nullable) (transfer none) (element-type DesktopEntry) */
GPtrArray *
agent_workspace_get_catalog (AgentWorkspace *self)
{
  return self->catalog;
}

/**
 * agent_workspace_set_catalog:
 * @self: an open workspace
 * @catalog: (transfer none) (element-type DesktopEntry): what it offers, for the events that name an app
 * @icon_dir: the folder with copies of its icons, which is removed when the workspace closes
 */
void
agent_workspace_set_catalog (AgentWorkspace *self, GPtrArray *catalog, const char *icon_dir)
{
  g_ptr_array_ref (catalog);
  g_clear_pointer (&self->catalog, g_ptr_array_unref);
  self->catalog = catalog;
  g_free (self->icon_dir);
  self->icon_dir = g_strdup (icon_dir);
}

static WorkspaceState
state_at_rest (AgentWorkspace *self)
{
  return self->file != NULL && self->file->suspended_us > 0 ? WORKSPACE_SUSPENDED : WORKSPACE_CLOSED;
}

/* Whether it is neither open nor on the way there or back, nor lost. */
gboolean
agent_workspace_is_at_rest (AgentWorkspace *self)
{
  return self->state == WORKSPACE_CLOSED || self->state == WORKSPACE_SUSPENDED;
}

static GError *
wrong_state (AgentWorkspace *self)
{
  static const char *const hints[N_STATES] = {
    "Open it first.",
    "Wait until it is open, or cancel the job that opens it.",
    "Close it first.",
    "Wait until it is closed.",
    "Wait until it is suspended, or cancel the job that does it.",
    "Resume it, or open it with force, which drops what was suspended.",
    "Attach the medium it is on; the list of workspaces tells what is wrong with it.",
  };
  GError *error = dmc_error_new (DMC_ERROR_STATE, hints[self->state], "The workspace “%s” is %s.", self->name,
                                 self->state == WORKSPACE_OPEN ? "open already" : state_names[self->state]);

  dmc_error_set_data (error, "state",
                      json_node_init_string (json_node_alloc (), state_names[self->state]));
  return error;
}

/* Whoever closes a workspace whose view or vault ended by itself can do so only while it is open. */
static void
tell_ended (AgentWorkspace *self)
{
  if (self->state == WORKSPACE_OPEN && (self->gone || dmc_vault_get_ended (self->vault) != NULL))
    g_signal_emit (self, signals[ENDED], 0);
}

/**
 * agent_workspace_step:
 * @self: the workspace
 * @event: what happens to it
 * @error: where to leave %DMC_ERROR_STATE with data "state"
 *
 * Moves the workspace to the state that follows, if there is one.
 */
gboolean
agent_workspace_step (AgentWorkspace *self, WorkspaceEvent event, GError **error)
{
  gint8 next = next_state[self->state][event];

  if (next == NO) {
    g_propagate_error (error, wrong_state (self));
    return FALSE;
  }
  if (next == AT_REST)
    next = (gint8) state_at_rest (self);
  if (event == WORKSPACE_EVENT_OPEN)
    g_clear_pointer (&self->problem, g_free); /* it is tried again */
  if (self->state != (WorkspaceState) next) {
    self->state = (WorkspaceState) next;
    agent_workspace_changed (self);
    tell_ended (self);
  }
  return TRUE;
}

/* Fails with %DMC_ERROR_STATE if programs are suspended in it, which opening it would drop. */
gboolean
agent_workspace_require_not_suspended (AgentWorkspace *self, GError **error)
{
  if (self->state != WORKSPACE_SUSPENDED)
    return TRUE;
  g_propagate_error (error, wrong_state (self));
  return FALSE;
}

/* Fails with %DMC_ERROR_STATE unless the workspace is open. */
gboolean
agent_workspace_require_open (AgentWorkspace *self, GError **error)
{
  if (self->state == WORKSPACE_OPEN)
    return TRUE;
  g_propagate_error (error, wrong_state (self));
  return FALSE;
}

/**
 * agent_workspace_found:
 * @self: the workspace
 * @path: where its folder is now
 * @file: what its workspace.json says
 *
 * Takes over what the medium says. Without effect while the workspace is in use.
 */
void
agent_workspace_found (AgentWorkspace *self, const char *path, const WorkspaceFile *file)
{
  if (!agent_workspace_is_at_rest (self) && self->state != WORKSPACE_LOST)
    return;

  if (agent_workspace_is_at_rest (self) && self->file != NULL && workspace_file_equal (self->file, file) &&
      g_strcmp0 (self->path, path) == 0)
    return;
  g_clear_pointer (&self->file, workspace_file_free);
  self->file = workspace_file_copy (file);
  g_free (self->name);
  self->name = g_strdup (file->name);
  if (g_strcmp0 (self->path, path) != 0) { /* it may be the very same string */
    g_free (self->path);
    self->path = g_strdup (path);
  }
  g_clear_pointer (&self->problem, g_free);
  self->state = state_at_rest (self);
  agent_workspace_changed (self);
}

/**
 * agent_workspace_set_suspended:
 * @self: a workspace in use
 * @suspended_us: when it was suspended, microseconds since 1970 UTC; 0: nothing is suspended in it any more
 * @error: where to leave %DMC_ERROR_IO
 *
 * Writes on the medium, in the clear, that the workspace waits to be resumed, so that every host shows it.
 */
gboolean
agent_workspace_set_suspended (AgentWorkspace *self, gint64 suspended_us, GError **error)
{
  const gint64 before = self->file->suspended_us;

  self->file->suspended_us = suspended_us;
  if (before == suspended_us || workspace_file_save (self->file, self->path, error))
    return TRUE;
  self->file->suspended_us = before;
  return FALSE;
}

/**
 * agent_workspace_configure:
 * @self: the workspace
 * @name: (nullable): its new name
 * @changes: (nullable): members of the protocol's Settings
 * @error: where to leave %DMC_ERROR_STATE, %DMC_ERROR_PARAMS or %DMC_ERROR_IO; then nothing has changed
 *
 * Changes what its workspace.json says, at once and for good.
 */
gboolean
agent_workspace_configure (AgentWorkspace *self, const char *name, JsonObject *changes, GError **error)
{
  g_autoptr (WorkspaceFile) next = NULL;

  if (self->file == NULL || self->state == WORKSPACE_LOST) {
    g_propagate_error (error, wrong_state (self));
    return FALSE;
  }
  if (name == NULL && changes == NULL)
    return TRUE;
  next = workspace_file_copy (self->file);
  if (name != NULL) {
    g_free (next->name);
    next->name = g_strdup (name);
  }
  if ((changes != NULL && !workspace_settings_merge (next->settings, changes, error))
      || !workspace_file_save (next, self->path, error))
    return FALSE;
  g_clear_pointer (&self->file, workspace_file_free);
  self->file = g_steal_pointer (&next);
  g_free (self->name);
  self->name = g_strdup (self->file->name);
  self->settings_wait = changes != NULL && self->view != NULL;
  agent_workspace_changed (self);
  return TRUE;
}

/**
 * agent_workspace_lost:
 * @self: the workspace
 * @problem: what is wrong, a sentence for a person
 *
 * Marks a workspace that is not in use as not usable now.
 */
void
agent_workspace_lost (AgentWorkspace *self, const char *problem)
{
  if (next_state[self->state][WORKSPACE_EVENT_LOSE] == NO)
    return;
  gboolean same = self->state == WORKSPACE_LOST && g_strcmp0 (self->problem, problem) == 0;

  g_free (self->problem);
  self->problem = g_strdup (problem);
  self->state = WORKSPACE_LOST;
  if (!same)
    agent_workspace_changed (self);
}

/* (nullable): what is wrong with it, a sentence for a person */
const char *
agent_workspace_get_problem (AgentWorkspace *self)
{
  return self->problem;
}

void
agent_workspace_set_problem (AgentWorkspace *self, const char *problem)
{
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

void
agent_workspace_set_used (AgentWorkspace *self, guint64 used_bytes)
{
  if (self->used_bytes == used_bytes)
    return;
  self->used_bytes = used_bytes;
  agent_workspace_changed (self);
}

static void
on_gone (AgentWorkspace *self)
{
  self->gone = TRUE;
  tell_ended (self);
}

static void
on_exited (AgentWorkspace *self, int pid, int wait_status)
{
  gboolean known = FALSE;
  const char *app = process_table_remove (self->processes, pid, &known);

  if (!known)
    return;
  g_signal_emit (self, signals[EXITED], 0, pid, wait_status, app);
  if (app != NULL)
    agent_workspace_changed (self);
}

/**
 * agent_workspace_started:
 * @self: an open workspace
 * @pid: a program that was started, in the workspace
 * @app: (nullable): the app that it was started for
 */
void
agent_workspace_started (AgentWorkspace *self, int pid, const char *app)
{
  if (self->processes == NULL) /* closed meanwhile, and the program with it */
    return;
  process_table_add (self->processes, pid, app);
  if (app != NULL && self->launchpad != NULL)
    agent_launchpad_note (self->launchpad, app);
  g_signal_emit (self, signals[STARTED], 0, pid, app);
  if (app != NULL)
    agent_workspace_changed (self);
}

const Medium *
agent_workspace_get_medium (AgentWorkspace *self)
{
  return self->medium;
}

/**
 * agent_workspace_attach:
 * @self: a workspace that is being opened
 * @vault: (transfer none): its open vault
 * @view: (transfer none): its view
 * @mediator: (transfer none): what stands between its programs and what has a label
 *
 * Gives the workspace what it holds while it is open.
 */
void
agent_workspace_attach (AgentWorkspace *self, DmcVault *vault, DmcView *view, AgentMediator *mediator)
{
  g_set_object (&self->vault, vault);
  g_set_object (&self->view, view);
  g_set_object (&self->mediator, mediator);
  self->gone = FALSE;
  self->processes = process_table_new (view);
  self->opened_us = g_get_real_time ();
  g_clear_pointer (&self->medium, medium_free);
  self->medium = medium_of_folder (self->path);
  g_signal_connect_swapped (view, "exited", G_CALLBACK (on_exited), self);
  g_signal_connect_swapped (view, "gone", G_CALLBACK (on_gone), self);
  g_signal_connect_swapped (vault, "ended", G_CALLBACK (tell_ended), self);
}

void
agent_workspace_set_traces (AgentWorkspace *self, HostTraces *traces)
{
  g_clear_pointer (&self->traces, host_traces_free);
  self->traces = traces;
}

HostTraces *
agent_workspace_steal_traces (AgentWorkspace *self)
{
  return g_steal_pointer (&self->traces);
}

/**
 * agent_workspace_set_bound:
 * @self: a workspace that is being opened
 * @settings: (transfer none): what it is bound to of the host
 * @session: (transfer none): what its programs find
 * @translator: (nullable) (transfer none): of its network
 */
void
agent_workspace_set_bound (AgentWorkspace *self, const WorkspaceSettings *settings, AgentSession *session, AgentTranslator *translator)
{
  g_clear_pointer (&self->bound, workspace_settings_free);
  self->bound = workspace_settings_copy (settings);
  g_set_object (&self->session, session);
  g_set_object (&self->translator, translator);
}

/* (transfer none) (nullable): %NULL unless it is open */
AgentSession *
agent_workspace_get_session (AgentWorkspace *self)
{
  return self->session;
}

/* (transfer none) (nullable): the settings that it was opened with; %NULL unless it is open */
const WorkspaceSettings *
agent_workspace_get_bound (AgentWorkspace *self)
{
  return self->bound;
}

AgentTranslator *
agent_workspace_get_translator (AgentWorkspace *self)
{
  return self->translator;
}

void
agent_workspace_set_translator (AgentWorkspace *self, AgentTranslator *translator)
{
  g_set_object (&self->translator, translator);
}

/* (transfer none) (nullable): %NULL unless it is open */
AgentMediator *
agent_workspace_get_mediator (AgentWorkspace *self)
{
  return self->mediator;
}

/* (nullable) (transfer none) */
AgentDesktop *
agent_workspace_get_desktop (AgentWorkspace *self)
{
  return self->desktop;
}

static void
on_desktop_ended (AgentWorkspace *self, gboolean wanted)
{
  agent_workspace_set_desktop (self, NULL);
  agent_workspace_changed (self);
  if (!wanted)
    g_signal_emit (self, signals[DESKTOP_FAILED], 0);
}

/**
 * agent_workspace_set_desktop:
 * @self: a workspace that is being opened or closed
 * @desktop: (nullable) (transfer none): its desktop; %NULL ends the one it has
 */
void
agent_workspace_set_desktop (AgentWorkspace *self, AgentDesktop *desktop)
{
  if (self->desktop != NULL) {
    g_signal_handlers_disconnect_by_data (self->desktop, self);
    agent_desktop_stop (self->desktop);
  }
  g_set_object (&self->desktop, desktop);
  if (desktop != NULL)
    g_signal_connect_swapped (desktop, "ended", G_CALLBACK (on_desktop_ended), self);
}

/* (nullable) (transfer none): NULL unless it is open */
AgentLaunchpad *
agent_workspace_get_launchpad (AgentWorkspace *self)
{
  return self->launchpad;
}

/**
 * agent_workspace_set_launchpad:
 * @self: a workspace that is being opened
 * @launchpad: (transfer full): what it remembers of its apps
 */
void
agent_workspace_set_launchpad (AgentWorkspace *self, AgentLaunchpad *launchpad)
{
  g_clear_pointer (&self->launchpad, agent_launchpad_free);
  self->launchpad = launchpad;
}

/**
 * agent_workspace_set_recovered:
 * @self: a workspace that is being opened
 * @recovered: (nullable): what is to be said about how it was open last
 */
void
agent_workspace_set_recovered (AgentWorkspace *self, const char *recovered)
{
  g_free (self->recovered);
  self->recovered = g_strdup (recovered);
}

/* Says what was not done as its user wants when it was opened, or what has failed since: sentences for a person. */
void
agent_workspace_add_note (AgentWorkspace *self, const char *format, ...)
{
  g_autofree char *note = NULL;
  va_list arguments;

  va_start (arguments, format);
  note = g_strdelimit (g_strdup_vprintf (format, arguments), "\n\r", ' ');
  va_end (arguments);
  g_message ("%s", note);
  if (self->view == NULL || self->notes->len == MAX_NOTES
      || g_ptr_array_find_with_equal_func (self->notes, note, g_str_equal, NULL))
    return;
  g_ptr_array_add (self->notes, g_steal_pointer (&note));
  agent_workspace_changed (self);
}

/* Drops what agent_workspace_attach() gave; both are closed by now. */
void
agent_workspace_detach (AgentWorkspace *self)
{
  agent_workspace_set_desktop (self, NULL);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  if (self->vault != NULL)
    g_signal_handlers_disconnect_by_data (self->vault, self);
  g_clear_pointer (&self->processes, process_table_unref);
  g_clear_pointer (&self->launchpad, agent_launchpad_free);
  g_clear_pointer (&self->catalog, g_ptr_array_unref);
  g_clear_object (&self->mediator);
  g_clear_object (&self->view);
  g_clear_object (&self->vault);
  g_clear_object (&self->session);
  g_clear_object (&self->translator);
  g_clear_pointer (&self->bound, workspace_settings_free);
  drop_icons (self);
  self->settings_wait = FALSE;
  g_clear_pointer (&self->recovered, g_free);
  g_ptr_array_set_size (self->notes, 0);
  self->opened_us = 0;
  g_clear_pointer (&self->medium, medium_free);
}

void
agent_workspace_changed (AgentWorkspace *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
measure (AgentWorkspace *self, guint64 *size, guint64 *used)
{
  *size = self->file != NULL ? (guint64) self->file->size_bytes : 0;
  *used = self->used_bytes;
  if (self->vault != NULL && dmc_vault_get_kind (self->vault) == DMC_VAULT_LUKS)
    dmc_vault_get_usage (self->vault, size, used, NULL);
}

/* Returns: (transfer full) (nullable): a line for each */
static char *
join_notes (AgentWorkspace *self)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_copy (self->notes, NULL, NULL);

  g_ptr_array_set_free_func (lines, NULL);
  g_ptr_array_add (lines, NULL);
  return lines->len > 1 ? g_strjoinv ("\n", (char **) lines->pdata) : NULL;
}

/**
 * agent_workspace_to_json:
 * @self: the workspace
 *
 * Returns: (transfer full): the protocol's Workspace object
 */
JsonNode *
agent_workspace_to_json (AgentWorkspace *self)
{
  g_autofree char *notes = join_notes (self);
  guint64 size, used;
  JsonNode *node;

  measure (self, &size, &used);
  node = dmc_json_node ("id:s", self->id, "name:s", self->name, "path:s", self->path, "state:s",
                        state_names[self->state], "mode:s", self->file != NULL ? self->file->mode : "shared",
                        "vault:s", self->file != NULL ? self->file->vault : "none", "size_bytes:i",
                        (gint64) size, "used_bytes:i", (gint64) used, "apps:i",
                        (gint64) (self->processes != NULL ? process_table_count_apps (self->processes) : 0),
                        "problem:s", self->problem, "recovered:s", self->recovered, "notes:s", notes, NULL);
  if (self->file != NULL && self->file->suspended_us != 0)
    json_object_set_int_member (json_node_get_object (node), "suspended_us", self->file->suspended_us);
  if (self->opened_us != 0)
    json_object_set_int_member (json_node_get_object (node), "opened_us", self->opened_us);
  if (self->file != NULL)
    json_object_set_object_member (json_node_get_object (node), "settings", workspace_settings_to_json (self->file->settings));
  if (self->settings_wait)
    json_object_set_boolean_member (json_node_get_object (node), "settings_wait", TRUE);
  if (self->desktop != NULL)
    json_object_set_object_member (json_node_get_object (node), "desktop",
                                   dmc_json_object ("kind:s", "vnc", "address:s",
                                                    agent_desktop_get_address (self->desktop), "clipboard:s",
                                                    workspace_clipboard_to_string (agent_desktop_get_clipboard (self->desktop)), NULL));
  return node;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services that are enabled in a workspace's ~/.config/systemd/user, and those that they want: each is started as an app, when
 * those that it comes after have been, or have ended if they are of Type=oneshot. */
#include "agent/autostart-units.h"

#include <string.h>

#include "agent/app-launch.h"
#include "apps/app-catalog.h"
#include "apps/unit-file.h"
#include "apps/unit-find.h"

#define MAX_SERVICES 64

typedef enum {
  WAITING,
  LAUNCHING,
  RUNNING, /* and others wait for its end */
  STARTED,
  FAILED,
} State;

typedef struct {
  UnitFile *file;
  State state;
  int pid;
} Service;

/* Counted: what is under way has one reference, and so have the signals of the view. */
typedef struct {
  DmcPolicyService *policy;
  AgentWorkspace *workspace;
  DmcView *view;
  GPtrArray *services;
  gulong exited_handler, gone_handler; /* while there is something to wait for */

  /* While they are collected: */
  const RootDir *root;
  GPtrArray *notes;
} Services;

typedef struct {
  Services *services;
  Service *service;
} Start;

static void start_ready (Services *self);

static void
service_free (Service *self)
{
  unit_file_free (self->file);
  g_free (self);
}

static void
services_clear (Services *self)
{
  g_ptr_array_unref (self->services);
  g_object_unref (self->workspace);
  g_object_unref (self->view);
}

static void
services_unref (Services *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) services_clear);
}

/* --- starting --------------------------------------------------------------------------------------------- */

static void
stop_waiting (Services *self)
{
  if (self->exited_handler == 0)
    return;
  g_clear_signal_handler (&self->exited_handler, self->view);
  g_clear_signal_handler (&self->gone_handler, self->view);
  services_unref (self);
}

static void
end_service (Services *self, Service *service, State state, const char *why)
{
  service->state = state;
  if (state == FAILED)
    agent_workspace_add_note (self->workspace, "“%s” is not started with the workspace: %s", service->file->name, why);
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Start *start = data;
  Services *self = start->services;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) pids = app_launch_finish (result, &error);

  if (self->exited_handler == 0)
    ; /* the view has gone */
  else if (pids == NULL)
    end_service (self, start->service, FAILED, error->message);
  else {
    start->service->pid = g_array_index (pids, int, 0);
    start->service->state = start->service->file->oneshot ? RUNNING : STARTED;
  }
  start_ready (self);
  services_unref (self);
}

static void
on_exited (Services *self, int pid, int wait_status)
{
  for (guint i = 0; i < self->services->len; i++) {
    Service *service = g_ptr_array_index (self->services, i);

    if (service->state != RUNNING || service->pid != pid)
      continue;
    service->state = wait_status == 0 ? STARTED : FAILED;
    if (wait_status != 0)
      agent_workspace_add_note (self->workspace, "“%s” has failed; its log says why.", service->file->name);
    start_ready (self);
    return;
  }
}

static void
launch (Services *self, Service *service)
{
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  Start *start = g_new (Start, 1);

  *start = (Start){ g_rc_box_acquire (self), service };
  service->state = LAUNCHING;
  g_ptr_array_add (commands, g_strdupv (service->file->argv));
  app_launch_plain_async (self->workspace, service->file->name, NULL, commands, NULL, on_launched, start);
}

static gboolean
names (GPtrArray *units, const char *name)
{
  return g_ptr_array_find_with_equal_func (units, name, g_str_equal, NULL);
}

/* Whether it has to wait, for one that is still on its way; @failed: (out): for one that will not come */
static gboolean
has_to_wait (Services *self, Service *service, const char **failed)
{
  gboolean wait = FALSE;

  *failed = NULL;
  for (guint i = 0; i < self->services->len; i++) {
    Service *other = g_ptr_array_index (self->services, i);
    gboolean follows = names (service->file->after, other->file->name) || names (other->file->before, service->file->name);

    if (other == service)
      continue;
    wait = wait || (follows && other->state < STARTED);
    if (follows && other->state == FAILED && names (service->file->requires, other->file->name))
      *failed = other->file->name;
  }
  return wait;
}

/* Starts or gives up one that has not to wait. Where all wait for each other, the first does not. */
static gboolean
start_next (Services *self)
{
  Service *first = NULL;
  gboolean under_way = FALSE;

  for (guint i = 0; i < self->services->len; i++) {
    Service *service = g_ptr_array_index (self->services, i);
    const char *failed;

    under_way = under_way || service->state == LAUNCHING || service->state == RUNNING;
    if (service->state != WAITING)
      continue;
    first = first != NULL ? first : service;
    if (has_to_wait (self, service, &failed))
      continue;
    if (failed != NULL) {
      g_autofree char *why = g_strdup_printf ("it requires “%s”, which has failed.", failed);

      end_service (self, service, FAILED, why);
    } else
      launch (self, service);
    return TRUE;
  }
  if (first != NULL && !under_way)
    launch (self, first);
  return first != NULL && !under_way;
}

static void
start_ready (Services *self)
{
  gboolean under_way = FALSE;

  while (self->exited_handler != 0 && start_next (self))
    ;
  for (guint i = 0; i < self->services->len; i++)
    under_way = under_way || ((Service *) g_ptr_array_index (self->services, i))->state < STARTED;
  if (!under_way)
    stop_waiting (self);
}

/* --- which ------------------------------------------------------------------------------------------------ */

static gboolean
has_service (Services *self, const char *name)
{
  for (guint i = 0; i < self->services->len; i++)
    if (g_str_equal (((Service *) g_ptr_array_index (self->services, i))->file->name, name))
      return TRUE;
  return FALSE;
}

/* What each session of a workspace has by itself. */
static gboolean
is_of_session (const char *name)
{
  static const char *const names[] = { "dbus.service", "dbus-broker.service", "dbus.socket", "gnome-keyring-daemon.service",
                                       "gnome-keyring-daemon.socket", NULL };

  return g_strv_contains (names, name);
}

static void
add_failure (Services *self, const char *name, const char *why)
{
  g_ptr_array_add (self->notes, g_strdup_printf ("“%s” is not started with the workspace: %s", name, why));
}

/* Whether its program is there, and it may be started under the label that the policy gives an app of that name. */
static gboolean
may_start (Services *self, const UnitFile *file, GError **error)
{
  g_autofree char *object = dmc_policy_service_app_label (self->policy, file->name);
  g_autofree char *program = file->program != NULL ? root_dir_find_program (self->root, file->program, APP_SEARCH_PATH) : NULL;

  if (file->program != NULL && program == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "its program “%s” is not in the workspace.", file->program);
    return FALSE;
  }
  return dmc_policy_service_check (self->policy, DMC_POLICY_SUBJECT_USER, object, "app", "launch", error);
}

static void collect (Services *self, const char *name, const char *otherwise, gboolean must);

static void
collect_wanted (Services *self, const UnitFile *file, GPtrArray *wanted, gboolean must)
{
  for (guint i = 0; i < wanted->len; i++) {
    const char *name = g_ptr_array_index (wanted, i);

    if (g_str_has_suffix (name, ".service"))
      collect (self, name, NULL, must);
    else if (!g_str_has_suffix (name, ".target") && !g_str_has_suffix (name, ".slice") && !is_of_session (name))
      g_ptr_array_add (self->notes, g_strdup_printf ("“%s”, which “%s” wants, is not started: a workspace starts services only.", name,
                                                     file->name));
  }
}

/* @otherwise: (nullable): where the unit is if not where units are. @must: whether it is said if there is none */
static void
collect (Services *self, const char *name, const char *otherwise, gboolean must)
{
  g_autoptr (GPtrArray) texts = NULL;
  g_autoptr (UnitFile) file = NULL;
  g_autoptr (GError) error = NULL;
  Service *service;

  if (self->services->len == MAX_SERVICES || has_service (self, name) || is_of_session (name) || strchr (name, '/') != NULL)
    return;
  texts = unit_find (self->root, name, otherwise);
  if (texts == NULL && must)
    add_failure (self, name, "there is no such unit in the workspace.");
  if (texts == NULL || texts->len == 0)
    return;
  file = unit_file_parse (name, texts, self->root->home, self->notes, &error);
  if (file == NULL || !may_start (self, file, &error)) {
    add_failure (self, name, error->message);
    return;
  }
  service = g_new0 (Service, 1);
  service->file = g_steal_pointer (&file);
  g_ptr_array_add (self->services, service);
  collect_wanted (self, service->file, service->file->requires, TRUE);
  collect_wanted (self, service->file, service->file->wants, FALSE);
}

/* What a target of the user's wants, by the links of "systemctl --user enable". */
static void
collect_target (Services *self, const char *folder, const char *target, gboolean comes)
{
  g_autofree char *path = g_build_filename (self->root->home, UNIT_FIND_HOME, folder, NULL);
  g_autoptr (GPtrArray) wanted = unit_find_names (self->root, path, "", MAX_SERVICES);

  for (guint i = 0; i < wanted->len; i++) {
    const char *name = g_ptr_array_index (wanted, i);
    g_autofree char *link = g_build_filename (path, name, NULL);
    g_autofree char *why = NULL;

    if (!comes) {
      why = g_strdup_printf ("nothing in a workspace starts “%s”, which wants it.", target);
      add_failure (self, name, why);
    } else if (g_str_has_suffix (name, ".service"))
      collect (self, name, link, TRUE);
    else if (!g_str_has_suffix (name, ".target"))
      add_failure (self, name, "a workspace starts services only, and none at a time or for a connection.");
  }
}

static void
collect_all (Services *self, gboolean display)
{
  static const char *const coming[] = { "default.target", "basic.target", "sockets.target", "timers.target", "paths.target", NULL };
  g_autofree char *path = g_build_filename (self->root->home, UNIT_FIND_HOME, NULL);

  for (guint kind = 0; kind < 2; kind++) {
    const char *suffix = kind == 0 ? ".target.requires" : ".target.wants";
    g_autoptr (GPtrArray) folders = unit_find_names (self->root, path, suffix, MAX_SERVICES);

    for (guint i = 0; i < folders->len; i++) {
      const char *folder = g_ptr_array_index (folders, i);
      g_autofree char *target = g_strndup (folder, (gsize) (strrchr (folder, '.') - folder));

      if (!g_str_has_prefix (target, "graphical-session"))
        collect_target (self, folder, target, g_strv_contains (coming, target));
      else if (display)
        collect_target (self, folder, target, TRUE);
    }
  }
}

/**
 * autostart_units_start:
 * @policy: whose policy holds in it
 * @workspace: a workspace that has just been opened
 * @root: its root
 * @display: whether its programs have one
 * @notes: (element-type utf8): gets a sentence for each that is not started, and each setting that has no effect
 *
 * Starts the services that are enabled, in their order. What fails later becomes a note of the workspace's.
 */
void
autostart_units_start (DmcPolicyService *policy, AgentWorkspace *workspace, const RootDir *root, gboolean display, GPtrArray *notes)
{
  Services *self = g_rc_box_new0 (Services);

  self->policy = policy;
  self->workspace = g_object_ref (workspace);
  self->view = g_object_ref (agent_workspace_get_view (workspace));
  self->services = g_ptr_array_new_with_free_func ((GDestroyNotify) service_free);
  self->root = root;
  self->notes = notes;
  collect_all (self, display);
  self->root = NULL;
  self->notes = NULL;
  self->exited_handler = g_signal_connect_swapped (self->view, "exited", G_CALLBACK (on_exited), self);
  self->gone_handler = g_signal_connect_swapped (self->view, "gone", G_CALLBACK (stop_waiting), self);
  start_ready (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workspace starts when it is opened: the desktop files of its user's ~/.config/autostart here, and the services that are
 * enabled (autostart-units.c). All of it comes from the medium: one that does not parse is skipped, and that is said. */
#include "agent/autostart.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/app-command.h"
#include "agent/app-launch.h"
#include "agent/autostart-units.h"
#include "agent/workspace-apps.h"
#include "apps/app-catalog.h"
#include "apps/unit-find.h"

#define AUTOSTART       ".config/autostart"
#define MAX_STARTS      64
#define NOT_STARTED     "“%s” is not started with the workspace: %s"

typedef struct {
  DmcPolicyService *policy;
  AgentWorkspace *workspace;
  RootDir root;
  GPtrArray *notes; /* sentences for the user */
} Autostart;

typedef struct {
  AgentWorkspace *workspace;
  char *name;
} Start;

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Start *start = data;
  g_autofree char *name = start->name;
  g_autoptr (AgentWorkspace) workspace = start->workspace;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) pids = app_launch_finish (result, &error);

  if (pids == NULL)
    agent_workspace_add_note (workspace, NOT_STARTED, name, error->message);
}

static Start *
start_new (AgentWorkspace *workspace, const char *name)
{
  Start *self = g_new (Start, 1);

  *self = (Start){ g_object_ref (workspace), g_strdup (name) };
  return self;
}

static void
add_failure (Autostart *self, const char *name, const char *why)
{
  g_ptr_array_add (self->notes, g_strdup_printf (NOT_STARTED, name, why));
}

/* A program that is not there is none that its user expects: desktop files of autostart are left behind by packages. */
static gboolean
is_wanted (Autostart *self, const DesktopEntry *entry)
{
  g_autofree char *tried = NULL;

  if (entry->deleted || entry->foreign || entry->autostart_off)
    return FALSE;
  if (entry->try_exec != NULL)
    tried = root_dir_find_program (&self->root, entry->try_exec, APP_SEARCH_PATH);
  return entry->try_exec == NULL || tried != NULL;
}

/* --- conditions ------------------------------------------------------------------------------------------- */

typedef enum {
  HOLDS,
  FAILS,
  TOLD_INSIDE, /* by a setting */
  UNKNOWN,
} Condition;

static gboolean
has (Autostart *self, const char *path)
{
  int fd = root_dir_open (&self->root, path, O_PATH);

  if (fd >= 0)
    g_close (fd, NULL);
  return fd >= 0;
}

/* The kinds that sessions know; see also systemd-xdg-autostart-generator(8). Ours is none of GNOME's. */
static Condition
look_at_condition (Autostart *self, GStrv words)
{
  guint n = g_strv_length (words);
  g_autofree char *config = g_build_filename (self->root.home, ".config", NULL);

  if (n == 2 && (g_str_equal (words[0], "if-exists") || g_str_equal (words[0], "unless-exists"))) {
    g_autofree char *path = g_canonicalize_filename (words[1], config);

    return has (self, path) == (words[0][0] == 'i') ? HOLDS : FAILS;
  }
  if (n == 3 && g_str_equal (words[0], "GSettings"))
    return TOLD_INSIDE;
  if (n == 3 && g_str_equal (words[0], "GNOME3") && g_str_equal (words[1], "unless-session"))
    return HOLDS;
  if (n == 3 && g_str_equal (words[0], "GNOME3") && g_str_equal (words[1], "if-session"))
    return FAILS;
  return UNKNOWN;
}

/* The first command waits as long as it should, and for what a setting says. */
static void
wrap_first (GPtrArray *commands, guint delay, const char *schema, const char *key)
{
  static const char script[] = "sleep \"$1\"; test -z \"$2\" || test \"$(gsettings get \"$2\" \"$3\")\" = true || exit 0; "
                               "shift 3; exec \"$@\"";
  g_auto (GStrv) argv = g_steal_pointer (&g_ptr_array_index (commands, 0));
  g_autoptr (GStrvBuilder) wrapped = g_strv_builder_new ();
  g_autofree char *seconds = g_strdup_printf ("%u", delay);

  g_strv_builder_add_many (wrapped, "/bin/sh", "-c", script, "autostart", seconds, schema, key, NULL);
  g_strv_builder_addv (wrapped, (const char **) argv);
  g_ptr_array_index (commands, 0) = g_strv_builder_end (wrapped);
}

/* Whether it is to be started; then @commands wait for what can be told only then. */
static gboolean
heed_condition (Autostart *self, const char *name, const DesktopEntry *entry, GPtrArray *commands)
{
  g_auto (GStrv) words = g_strsplit_set (entry->autostart_condition != NULL ? entry->autostart_condition : "", " \t", -1);
  Condition condition = entry->autostart_condition != NULL ? look_at_condition (self, words) : HOLDS;
  g_autofree char *program = condition == TOLD_INSIDE ? root_dir_find_program (&self->root, "gsettings", APP_SEARCH_PATH) : NULL;
  g_autofree char *why = NULL;

  if (condition == UNKNOWN || (condition == TOLD_INSIDE && program == NULL)) {
    why = g_strdup_printf ("whether its condition “%s” holds cannot be told%s.", entry->autostart_condition,
                           condition == TOLD_INSIDE ? " without the program gsettings in the workspace" : " here");
    add_failure (self, name, why);
    return FALSE;
  }
  if (condition == TOLD_INSIDE || (condition == HOLDS && entry->autostart_delay > 0))
    wrap_first (commands, entry->autostart_delay, condition == TOLD_INSIDE ? words[1] : "", condition == TOLD_INSIDE ? words[2] : "");
  return condition != FAILS;
}

/* --- desktop files ---------------------------------------------------------------------------------------- */

static gboolean
has_program (Autostart *self, GPtrArray *commands)
{
  const char *const *argv = g_ptr_array_index (commands, 0);
  g_autofree char *program = root_dir_find_program (&self->root, argv[0], APP_SEARCH_PATH);

  return program != NULL;
}

static void
start_entry (Autostart *self, const char *name, const char *path, const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DesktopEntry) entry = desktop_entry_parse (name, path, data, length, &error);
  g_autoptr (GPtrArray) commands = NULL;

  if (entry == NULL) {
    add_failure (self, name, error->message);
    return;
  }
  if (!is_wanted (self, entry))
    return;
  commands = app_command_expand (entry, NULL, &self->root, &error);
  if (commands == NULL)
    add_failure (self, name, error->message);
  else if (!has_program (self, commands))
    add_failure (self, name, "its program is not in the workspace.");
  else if (heed_condition (self, name, entry, commands))
    app_launch_async (self->policy, self->workspace, entry, commands, NULL, NULL, on_launched, start_new (self->workspace, name));
}

static void
start_entries (Autostart *self)
{
  g_autofree char *folder = g_build_filename (self->root.home, AUTOSTART, NULL);
  g_autoptr (GPtrArray) names = unit_find_names (&self->root, folder, ".desktop", MAX_STARTS);

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *data = NULL;
    gsize length = 0;

    if (root_dir_read (&self->root, path, DESKTOP_ENTRY_MAX_SIZE, &data, &length, NULL))
      start_entry (self, name, path, data, length);
  }
}

/**
 * autostart_run:
 * @policy: whose policy holds in it
 * @workspace: a workspace that has just been opened
 * @display: whether its programs have one
 *
 * Starts what its user wants to be started with it, each as an app of the workspace, where the policy lets it. What is not started as
 * it is wanted becomes a note of the workspace's.
 */
void
autostart_run (DmcPolicyService *policy, AgentWorkspace *workspace, gboolean display)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  Autostart self = { .policy = policy, .workspace = workspace, .notes = notes };

  workspace_apps_root_open (workspace, &self.root);
  start_entries (&self);
  autostart_units_start (policy, workspace, &self.root, display, notes);
  workspace_apps_root_close (&self.root);
  for (guint i = 0; i < notes->len; i++)
    agent_workspace_add_note (workspace, "%s", (const char *) g_ptr_array_index (notes, i));
}

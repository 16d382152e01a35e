/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workspace starts when it is opened: the desktop files of its user's ~/.config/autostart, and services that are enabled
 * in ~/.config/systemd/user. All of it comes from the medium: one that does not parse is skipped, and that is said. */
#include "agent/autostart.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/app-command.h"
#include "agent/app-launch.h"
#include "agent/workspace-apps.h"
#include "apps/app-catalog.h"
#include "apps/unit-file.h"

#define AUTOSTART  ".config/autostart"
#define UNITS      ".config/systemd/user/"
#define MAX_STARTS 64
#define MAX_NOTES  20

typedef struct {
  DmcPolicyService *policy;
  AgentWorkspace *workspace;
  RootDir root;
  GPtrArray *notes; /* sentences for the user */
} Autostart;

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *name = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) pids = app_launch_finish (result, &error);

  if (pids == NULL)
    g_message ("“%s” is not started with its workspace: %s", name, error->message);
}

static void
add_failure (Autostart *self, const char *name, const char *why)
{
  g_ptr_array_add (self->notes, g_strdup_printf ("“%s” is not started with the workspace: %s", name, why));
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
  else
    app_launch_async (self->policy, self->workspace, entry, commands, NULL, NULL, on_launched, g_strdup (name));
}

/* With the label that the policy gives an app of that name. */
static void
start_unit (Autostart *self, const char *name, const char *path, const char *data, gsize length)
{
  g_autofree char *object = dmc_policy_service_app_label (self->policy, name);
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autoptr (GError) error = NULL;
  GStrv argv = unit_file_command (name, data, length, self->root.home, self->notes, &error);

  if (argv == NULL || !dmc_policy_service_check (self->policy, DMC_POLICY_SUBJECT_USER, object, "app", "launch", &error)) {
    add_failure (self, name, error->message);
    g_strfreev (argv);
    return;
  }
  g_ptr_array_add (commands, argv);
  app_launch_plain_async (self->workspace, name, NULL, commands, NULL, on_launched, g_strdup (name));
}

/* What systemd would start by itself at a time or for a connection. */
static void
skip_unit (Autostart *self, const char *name, const char *path, const char *data, gsize length)
{
  add_failure (self, name, "a workspace starts services only, of default.target.");
}

typedef void (*Starter) (Autostart *self, const char *name, const char *path, const char *data, gsize length);

static gboolean
has_suffix (const char *name, const char *suffix)
{
  return g_str_has_suffix (name, suffix) && name[0] != '.' && g_utf8_validate (name, -1, NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
start_all (Autostart *self, const char *below_home, const char *suffix, Starter starter)
{
  g_autofree char *folder = g_build_filename (self->root.home, below_home, NULL);
  int fd = root_dir_open (&self->root, folder, O_RDONLY | O_DIRECTORY);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  struct dirent *entry;

  while (dir != NULL && names->len < MAX_STARTS && (entry = readdir (dir)) != NULL)
    if (has_suffix (entry->d_name, suffix))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (dir != NULL)
    closedir (dir);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *data = NULL;
    gsize length = 0;

    if (root_dir_read (&self->root, path, UNIT_FILE_MAX_SIZE, &data, &length, NULL))
      starter (self, name, path, data, length);
  }
}

/* Returns: (transfer full) (nullable): a line for each note */
static char *
join_notes (GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    g_message ("%s", (const char *) g_ptr_array_index (notes, i));
  if (notes->len == 0)
    return NULL;
  g_ptr_array_set_size (notes, (gint) MIN (notes->len, MAX_NOTES));
  g_ptr_array_add (notes, NULL);
  return g_strjoinv ("\n", (char **) notes->pdata);
}

/**
 * autostart_run:
 * @policy: whose policy holds in it
 * @workspace: a workspace that has just been opened
 * @display: whether its programs have one
 *
 * Starts what its user wants to be started with it, each as an app of the workspace, where the policy lets it.
 *
 * Returns: (transfer full) (nullable): what is not started as it is wanted, for a person
 */
char *
autostart_run (DmcPolicyService *policy, AgentWorkspace *workspace, gboolean display)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  Autostart self = { .policy = policy, .workspace = workspace, .notes = notes };

  workspace_apps_root_open (workspace, &self.root);
  start_all (&self, AUTOSTART, ".desktop", start_entry);
  start_all (&self, UNITS "default.target.wants", ".service", start_unit);
  if (display)
    start_all (&self, UNITS "graphical-session.target.wants", ".service", start_unit);
  start_all (&self, UNITS "timers.target.wants", ".timer", skip_unit);
  start_all (&self, UNITS "sockets.target.wants", ".socket", skip_unit);
  start_all (&self, UNITS "paths.target.wants", ".path", skip_unit);
  workspace_apps_root_close (&self.root);
  return join_notes (notes);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workspace starts when it is opened: the desktop files of its user's ~/.config/autostart, and services that
 * ~/.config/systemd/user/default.target.wants names. All of it comes from the medium: one that does not parse is skipped. */
#include "agent/autostart.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/app-command.h"
#include "agent/app-launch.h"
#include "agent/workspace-apps.h"

#define AUTOSTART  ".config/autostart"
#define UNITS      ".config/systemd/user/default.target.wants"
#define MAX_STARTS 64
#define MAX_SIZE   (64 * 1024)

typedef struct {
  DmcPolicyService *policy;
  AgentWorkspace *workspace;
  RootDir root;
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
launch (Autostart *self, const char *name, const DesktopEntry *entry, GPtrArray *commands)
{
  app_launch_async (self->policy, self->workspace, entry, commands, NULL, NULL, on_launched, g_strdup (name));
}

static void
start_entry (Autostart *self, const char *name, const char *path, const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DesktopEntry) entry = desktop_entry_parse (name, path, data, length, &error);
  g_autoptr (GPtrArray) commands = NULL;

  if (entry == NULL || entry->deleted || entry->hidden)
    return;
  commands = app_command_expand (entry, NULL, &self->root, &error);
  if (commands != NULL)
    launch (self, name, entry, commands);
  else
    g_message ("“%s” is not started with its workspace: %s", name, error->message);
}

/* ExecStart of a unit, without the marks in front, with %h for the home folder; systemd quotes as a shell does. */
static GStrv
parse_exec_start (const char *value, const char *home)
{
  g_autoptr (GString) line = g_string_new (value + strspn (value, "-@:+!"));
  GStrv argv = NULL;

  g_string_replace (line, "%h", home, 0);
  return g_shell_parse_argv (line->str, NULL, &argv, NULL) ? argv : NULL;
}

static void
start_unit (Autostart *self, const char *name, const char *path, const char *data, gsize length)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *value = NULL;
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  GStrv argv;

  if (!g_key_file_load_from_data (file, data, length, G_KEY_FILE_NONE, NULL)
      || (value = g_key_file_get_value (file, "Service", "ExecStart", NULL)) == NULL
      || (argv = parse_exec_start (value, self->root.home)) == NULL) {
    g_message ("“%s” is not started with its workspace: it has no command that can be read.", name);
    return;
  }
  g_ptr_array_add (commands, argv);
  launch (self, name, NULL, commands);
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

    if (root_dir_read (&self->root, path, MAX_SIZE, &data, &length, NULL))
      starter (self, name, path, data, length);
  }
}

/**
 * autostart_run:
 * @policy: whose policy holds in it
 * @workspace: a workspace that has just been opened
 *
 * Starts what its user wants to be started with it, each as an app of the workspace, where the policy lets it.
 */
void
autostart_run (DmcPolicyService *policy, AgentWorkspace *workspace)
{
  Autostart self = { .policy = policy, .workspace = workspace };

  workspace_apps_root_open (workspace, &self.root);
  start_all (&self, AUTOSTART, ".desktop", start_entry);
  start_all (&self, UNITS, ".service", start_unit);
  workspace_apps_root_close (&self.root);
}

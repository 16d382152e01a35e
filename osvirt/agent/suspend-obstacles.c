/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/suspend-obstacles.h"

#include <stdlib.h>
#include <string.h>

#include "rpc/error.h"
#include "rpc/json.h"

enum { MAX_COMMAND = 60 };

/* What the helper found, in words; %s is its detail. */
static const struct {
  const char *word, *text;
} reasons[] = {
  { "stray", "It was put into the workspace from outside, and would be lost." },
  { "traced", "It is being watched by a debugger." },
  { "namespace", "It uses a sandbox of its own (a %s namespace), as web browsers do." },
  { "mount", "A file system is mounted at %s that cannot be saved." },
  { "device", "It uses the device %s." },
  { "secret-memory", "It keeps secrets in memory that nothing can read." },
  { "sealed-memory", "It shares memory that it has sealed, which cannot be brought back." },
  { "kernel-object", "It uses a part of the kernel that cannot be saved: %s." },
  { "outside-file", "It has a file of the host open: %s." },
  { "outside-socket", "It is connected to a service outside the workspace (%s)." },
  { "raw-socket", "It listens to raw network traffic." },
  { "confined", "It is confined by rules that would not hold after it is brought back." },
  { "connection", "Its network connection to %s will be closed." },
};

static char *
sentence (const char *word, const char *detail)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_str_equal (word, reasons[i].word)) {
      g_auto (GStrv) halves = g_strsplit (reasons[i].text, "%s", 2);

      return g_strconcat (halves[0], halves[1] != NULL ? (*detail != '\0' ? detail : "?") : NULL, halves[1], NULL);
    }
  return g_strdup_printf ("It cannot be saved (%s %s).", word, detail);
}

static const ProcessInfo *
find_process (GArray *infos, int pid)
{
  for (guint i = 0; infos != NULL && i < infos->len; i++)
    if (g_array_index (infos, ProcessInfo, i).process->pid == pid)
      return &g_array_index (infos, ProcessInfo, i);
  return NULL;
}

/* (nullable) (transfer full): by what a person tells one python3 from another; a line that is not too long */
static char *
command_of (const ProcessInfo *info)
{
  g_autofree char *all = info != NULL ? g_strjoinv (" ", info->process->argv) : NULL;
  g_autofree char *line = all != NULL ? g_utf8_make_valid (g_strdelimit (g_strstrip (all), "\n\t\r", ' '), -1) : NULL;

  if (line == NULL || *line == '\0')
    return NULL;
  if (g_utf8_strlen (line, -1) > MAX_COMMAND) {
    g_autofree char *start = g_utf8_substring (line, 0, MAX_COMMAND - 1);

    return g_strconcat (start, "…", NULL);
  }
  return g_steal_pointer (&line);
}

static JsonObject *
obstacle (GArray *infos, int pid, const char *name, const char *word, gboolean blocks, const char *text)
{
  const ProcessInfo *info = find_process (infos, pid);
  g_autofree char *clean = g_utf8_make_valid (text, -1);
  g_autofree char *clean_name = g_utf8_make_valid (name, -1);
  g_autofree char *command = command_of (info);

  return dmc_json_object ("pid:i", (gint64) pid, "name:s", clean_name, "command:s", command, "app:s",
                          info != NULL ? info->app : NULL, "reason:s", word, "blocks:b", blocks, "text:s", clean, NULL);
}

static gboolean
is_known (JsonArray *list, int pid, const char *word)
{
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonObject *one = json_array_get_object_element (list, i);

    if (json_object_get_int_member (one, "pid") == pid && g_str_equal (json_object_get_string_member (one, "reason"), word))
      return TRUE;
  }
  return FALSE;
}

/**
 * suspend_obstacles_parse:
 * @workspace: an open workspace
 * @text: what the helper answered to %VIEW_SUSPEND_CHECK
 * @blocked: (out): whether any of it keeps the workspace from being suspended
 * @viewers: (out) (optional): whether a viewer is still connected to the desktop
 *
 * Returns: (transfer full): one obstacle for each process and reason
 */
JsonArray *
suspend_obstacles_parse (AgentWorkspace *workspace, GBytes *text, gboolean *blocked, gboolean *viewers)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autofree char *copy = g_strndup (data, size);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  g_autoptr (GArray) infos = process_table_read (agent_workspace_get_processes (workspace), NULL);
  JsonArray *list = json_array_new ();

  *blocked = FALSE;
  if (viewers != NULL)
    *viewers = FALSE;
  for (char **line = lines; *line != NULL; line++) {
    g_auto (GStrv) parts = g_strsplit (*line, "\t", 5);
    gboolean blocks;
    int pid;

    if (g_strv_length (parts) != 5)
      continue;
    if (g_str_equal (parts[0], "viewer")) {
      if (viewers != NULL)
        *viewers = TRUE;
      continue;
    }
    pid = atoi (parts[1]);
    blocks = g_str_equal (parts[0], "stop");
    *blocked |= blocks;
    if (!is_known (list, pid, parts[2])) {
      g_autofree char *said = sentence (parts[2], parts[4]);

      json_array_add_object_element (list, obstacle (infos, pid, parts[3], parts[2], blocks, said));
    }
  }
  return list;
}

/**
 * suspend_obstacles_error:
 * @workspace: an open workspace
 * @obstacles: (transfer full): what is in the way
 *
 * Returns: (transfer full): %DMC_ERROR_STATE with data "state" and "obstacles"
 */
GError *
suspend_obstacles_error (AgentWorkspace *workspace, JsonArray *obstacles)
{
  g_autoptr (GString) names = g_string_new (NULL);
  GError *error;

  for (guint i = 0; i < json_array_get_length (obstacles); i++) {
    JsonObject *one = json_array_get_object_element (obstacles, i);
    const char *name = json_object_get_string_member (one, "name");

    if (json_object_get_boolean_member (one, "blocks") && strstr (names->str, name) == NULL)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name);
  }
  error = dmc_error_new (DMC_ERROR_STATE, "Close what is in the way, then try again.",
                         "The workspace “%s” cannot be suspended while this runs in it: %s. Everything goes on as it was.",
                         agent_workspace_get_name (workspace), names->str);
  dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "open"));
  dmc_error_set_data (error, "obstacles", dmc_json_take_array (obstacles));
  return error;
}

/**
 * suspend_obstacles_explain:
 * @workspace: an open workspace
 * @error: (transfer full): why saving it or trying it did not work
 *
 * Returns: (transfer full): the same, with the process that is in the way, if that is known
 */
GError *
suspend_obstacles_explain (AgentWorkspace *workspace, GError *error)
{
  JsonObject *data = error->domain == DMC_ERROR ? dmc_error_get_data (error) : NULL;
  int pid = data != NULL ? (int) dmc_json_get_int (data, "culprit", 0) : 0;
  g_autoptr (GArray) infos = pid > 1 ? process_table_read (agent_workspace_get_processes (workspace), NULL) : NULL;

  const ProcessInfo *info = find_process (infos, pid);

  if (info != NULL) {
    g_autofree char *name = g_path_get_basename (info->process->argv[0]);
    JsonArray *list = json_array_new ();

    json_array_add_object_element (list, obstacle (infos, pid, name, "trial", TRUE, error->message));
    g_error_free (error);
    return suspend_obstacles_error (workspace, list);
  }
  return error;
}

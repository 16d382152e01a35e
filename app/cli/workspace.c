/* SPDX-License-Identifier: GPL-2.0-or-later */
/* workspace: list, check, create, open, set, close, suspend, resume, passwd, destroy. */
#include "workspace.h"

#include <stdio.h>
#include <string.h>

#include "settings.h"
#include "table.h"

static gboolean anywhere, only_check, close_obstacles, force, trust_shares;
static char *name_option, *user, *size_text, *mode, *vault, *display;
static int dpi;

static const GOptionEntry create_options[] = {
  { "name", 'n', 0, G_OPTION_ARG_STRING, &name_option, "Its name; the folder's where left out", "NAME" },
  { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Its user; your own name where left out", "USER" },
  { "size", 's', 0, G_OPTION_ARG_STRING, &size_text, "Room for it (1G)", "SIZE" },
  { "vault", 0, 0, G_OPTION_ARG_STRING, &vault, "luks (encrypted, the default) or none", "KIND" },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, "shared (the default) or isolated", "MODE" },
  CTL_SETTINGS_OPTIONS,
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry open_options[] = {
  { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Its user; your own name where left out", "USER" },
  { "display", 'd', 0, G_OPTION_ARG_STRING, &display, "seamless, desktop or none", "KIND" },
  { "dpi", 0, 0, G_OPTION_ARG_INT, &dpi, "How large a desktop is drawn, in dots per inch (96)", "N" },
  CTL_SETTINGS_OPTIONS,
  { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Drop what is suspended in it", NULL },
  { "trust-shares", 0, 0, G_OPTION_ARG_NONE, &trust_shares, "Let it share the folders of this computer that its rules name", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry suspend_options[] = {
  { "anywhere", 'a', 0, G_OPTION_ARG_NONE, &anywhere, "Carry along the host's files in use, to resume it on any host", NULL },
  { "check", 0, 0, G_OPTION_ARG_NONE, &only_check, "Only tell what is in the way (exit code 1: something is)", NULL },
  { "close", 'c', 0, G_OPTION_ARG_NONE, &close_obstacles, "End the programs that are in the way, which may lose work", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry resume_options[] = {
  { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Its user; your own name where left out", "USER" },
  { "dpi", 0, 0, G_OPTION_ARG_INT, &dpi, "How large its desktop is drawn, in dots per inch (as it was)", "N" },
  { "trust-shares", 0, 0, G_OPTION_ARG_NONE, &trust_shares, "Let it share the folders of this computer that its rules name", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* Of what asks for the user and the passphrase, and for nothing else. */
static const GOptionEntry login_options[] = {
  { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Its user; your own name where left out", "USER" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const char *
user_name (void)
{
  return user ? user : g_get_user_name ();
}

/* Returns: (transfer none) (nullable): the one of this id, folder or name, of a workspace.list's answer */
static JsonObject *
find_workspace (JsonNode *answer, const char *name, GError **error)
{
  static const char *const members[] = { "id", "path", "name" };
  g_autofree char *path = g_canonicalize_filename (name, NULL);
  JsonArray *workspaces = dmc_json_get_array (json_node_get_object (answer), "workspaces");
  JsonObject *found = NULL;

  for (guint m = 0; m < G_N_ELEMENTS (members) && !found; m++) {
    for (guint i = 0; workspaces && i < json_array_get_length (workspaces); i++) {
      JsonObject *workspace = json_array_get_object_element (workspaces, i);

      if (!g_str_equal (dmc_json_get_string (workspace, members[m], ""), m == 1 ? path : name))
        continue;
      if (found) {
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                     "More than one workspace is named “%s”. Give the id or the folder.", name);
        return NULL;
      }
      found = workspace;
    }
  }
  if (!found)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                 "There is no workspace “%s”. “domicilectl workspace list” shows them.", name);
  return found;
}

/**
 * ctl_workspace_id:
 * @ctl: the global options
 * @name: a workspace's id, name or folder
 * @error: why there is none
 *
 * Returns: (transfer full) (nullable): its id
 */
char *
ctl_workspace_id (Ctl *ctl, const char *name, GError **error)
{
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_AGENT, "workspace.list", NULL, error);
  JsonObject *workspace = node ? find_workspace (node, name, error) : NULL;

  return workspace ? g_strdup (dmc_json_get_string (workspace, "id", "")) : NULL;
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "NAME", "STATE", "MODE", "VAULT", ">USED", ">SIZE", ">APPS",
                                          "PATH", "ID", NULL };
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_AGENT, "workspace.list", NULL, error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *workspaces;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  workspaces = dmc_json_get_array (json_node_get_object (node), "workspaces");
  for (guint i = 0; workspaces && i < json_array_get_length (workspaces); i++) {
    JsonObject *workspace = json_array_get_object_element (workspaces, i);
    gint64 limit = dmc_json_get_int (workspace, "size_bytes", 0);
    g_autofree char *used = ctl_format_bytes (dmc_json_get_int (workspace, "used_bytes", 0));
    g_autofree char *size = limit ? ctl_format_bytes (limit) : NULL;
    g_autofree char *apps
        = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (workspace, "apps", 0));

    ctl_table_add (table, dmc_json_get_string (workspace, "name", ""),
                   dmc_json_get_string (workspace, "state", ""),
                   dmc_json_get_string (workspace, "mode", ""),
                   dmc_json_get_string (workspace, "vault", ""), used, size, apps,
                   dmc_json_get_string (workspace, "path", ""),
                   dmc_json_get_string (workspace, "id", ""));
  }
  ctl_table_print (table, "There are no workspaces. “domicilectl workspace create” makes one.");
  return TRUE;
}

static void
print_text (JsonObject *workspace, const char *heading, const char *member)
{
  g_auto (GStrv) lines = g_strsplit (dmc_json_get_string (workspace, member, ""), "\n", -1);

  for (gsize i = 0; lines[i]; i++)
    ctl_print_field (i == 0 ? heading : "", "%s", lines[i]);
}

static void
print_time (JsonObject *workspace, const char *heading, const char *member)
{
  gint64 us = dmc_json_get_int (workspace, member, 0);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (us / G_USEC_PER_SEC);
  g_autofree char *text = us != 0 && time ? g_date_time_format (time, "%F %T") : NULL;

  if (text)
    ctl_print_field (heading, "%s", text);
}

static gboolean
run_show (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const texts[][2] = {
    { "Workspace", "name" }, { "ID", "id" }, { "Folder", "path" }, { "State", "state" }, { "Mode", "mode" }, { "Vault", "vault" },
    { "Problem", "problem" }, { "Recovered", "recovered" }, { "Remarks", "notes" },
  };
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_AGENT, "workspace.list", NULL, error);
  JsonObject *workspace = node ? find_workspace (node, arguments[0], error) : NULL;
  g_autofree char *used = NULL, *size = NULL;

  if (!workspace)
    return FALSE;
  if (ctl->json) {
    g_autoptr (JsonNode) one = json_node_init_object (json_node_alloc (), workspace);
    return ctl_print_json (one);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    print_text (workspace, texts[i][0], texts[i][1]);
  print_time (workspace, "Opened", "opened_us");
  print_time (workspace, "Suspended", "suspended_us");
  used = ctl_format_bytes (dmc_json_get_int (workspace, "used_bytes", 0));
  size = ctl_format_bytes (dmc_json_get_int (workspace, "size_bytes", 0));
  ctl_print_field ("Used", "%s%s%s", used, dmc_json_get_int (workspace, "size_bytes", 0) ? " of " : "",
                   dmc_json_get_int (workspace, "size_bytes", 0) ? size : "");
  ctl_print_field ("Apps running", "%" G_GINT64_FORMAT, dmc_json_get_int (workspace, "apps", 0));
  return TRUE;
}

static gboolean
run_check (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  JsonArray *findings;
  gboolean ready;

  if (!id)
    return FALSE;
  node = ctl_call (ctl, CTL_AGENT, "workspace.check", dmc_json_node ("id:s", id, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  ready = dmc_json_get_boolean (json_node_get_object (node), "ready", FALSE);
  findings = dmc_json_get_array (json_node_get_object (node), "findings");
  for (guint i = 0; findings && i < json_array_get_length (findings); i++) {
    JsonObject *finding = json_array_get_object_element (findings, i);
    g_autofree char *text = ctl_clean (dmc_json_get_string (finding, "text", ""));
    g_autofree char *hint = ctl_clean (dmc_json_get_string (finding, "hint", ""));

    printf ("%s  %s\n",
            dmc_json_get_boolean (finding, "ok", FALSE)         ? "✓"
            : dmc_json_get_boolean (finding, "required", FALSE) ? "✗"
                                                                : "–",
            text);
    if (*hint)
      printf ("   %s\n", hint);
  }
  if (ready)
    puts ("The workspace can be opened here.");
  else
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, "the workspace cannot be opened here");
  return ready;
}

/* What a workspace has left on its host, or has lost; nothing where all is as it should be. */
static gboolean
print_traces (JsonObject *result, GError **error)
{
  JsonArray *traces = dmc_json_get_array (result, "host_clean");

  for (guint i = 0; traces && i < json_array_get_length (traces); i++) {
    JsonNode *trace = json_array_get_element (traces, i);
    g_autofree char *text = ctl_clean (JSON_NODE_HOLDS_VALUE (trace) && json_node_get_value_type (trace) == G_TYPE_STRING
                                           ? json_node_get_string (trace)
                                           : "");

    printf ("  %s\n", text);
  }
  if (!traces || json_array_get_length (traces) == 0)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, "not all is as it should be; see above");
  return FALSE;
}

/* Waits for the job that a method started, and tells how it ended. */
static gboolean
finish (Ctl *ctl, JsonNode *started, const char *done, GError **error)
{
  g_autoptr (JsonNode) owned = started;
  g_autoptr (JsonNode) result = NULL;

  if (!started || !ctl_follow_job (ctl, CTL_AGENT, started, &result, error))
    return FALSE;
  if (ctl->json && result)
    return ctl_print_json (result);
  puts (done);
  if (result && JSON_NODE_HOLDS_OBJECT (result)) {
    g_autofree char *recovered = ctl_clean (dmc_json_get_string (json_node_get_object (result), "recovered", ""));

    g_auto (GStrv) notes = g_strsplit (dmc_json_get_string (json_node_get_object (result), "notes", ""), "\n", -1);

    if (*recovered)
      puts (recovered);
    for (gsize i = 0; notes[i]; i++) {
      g_autofree char *note = ctl_clean (notes[i]);
      puts (note);
    }
    return print_traces (json_node_get_object (result), error);
  }
  return TRUE;
}

static DmcPassphrase *
ask_twice (GError **error)
{
  g_autoptr (DmcPassphrase) first = ctl_read_passphrase ("New passphrase: ", error);
  g_autoptr (DmcPassphrase) second = NULL;

  if (!first || ctl_passphrase_fd >= 0)
    return g_steal_pointer (&first);
  second = ctl_read_passphrase ("The same again: ", error);
  if (!second)
    return NULL;
  if (strcmp (dmc_passphrase_get_text (first), dmc_passphrase_get_text (second)) != 0) {
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED,
                         "The two passphrases differ. Nothing was changed.");
    return NULL;
  }
  return g_steal_pointer (&first);
}

/* Of a folder, whose name may be longer than a workspace's. */
static char *
default_name (const char *path)
{
  enum { MAX_CHARS = 64 }; /* as the protocol has it */
  g_autofree char *base = g_path_get_basename (path);

  base[strlen (base) - strlen (".domicile")] = '\0';
  return g_utf8_substring (base, 0, MIN (g_utf8_strlen (base, -1), MAX_CHARS));
}

static gboolean
run_create (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (arguments[0], NULL);
  g_autofree char *path = g_str_has_suffix (absolute, ".domicile")
                              ? g_strdup (absolute)
                              : g_strconcat (absolute, ".domicile", NULL);
  g_autofree char *name = name_option ? g_strdup (name_option) : default_name (path);
  g_autoptr (DmcPassphrase) passphrase = NULL;
  gint64 size = G_GINT64_CONSTANT (1) << 30;
  JsonNode *params;

  if (size_text && !ctl_parse_bytes (size_text, &size, error))
    return FALSE;
  /* The connection first: nobody likes to type a passphrase twice for nothing. */
  if (!ctl_connect (ctl, CTL_AGENT, error))
    return FALSE;
  passphrase = ask_twice (error);
  if (!passphrase)
    return FALSE;
  params = dmc_json_node ("path:s", path, "name:s", name, "user:s", user_name (), "size_bytes:i", size,
                          "mode:s", mode ? mode : "shared", "vault:s", vault ? vault : "luks", NULL);
  if (!ctl_settings_add (json_node_get_object (params), NULL, error)) {
    json_node_unref (params);
    return FALSE;
  }
  return finish (ctl, ctl_call_secret (ctl, CTL_AGENT, "workspace.create", params, passphrase, NULL, error),
                 "The workspace is ready to be opened.", error);
}

/* Calls a method that takes a workspace, its user and the passphrase; @params (transfer full) names the workspace. */
static gboolean
call_with_login (Ctl *ctl, const char *method, JsonNode *params, const char *name, const char *done, GError **error)
{
  g_autoptr (JsonNode) owned = params;
  g_autofree char *prompt = g_strdup_printf ("Passphrase of %s for %s: ", user_name (), name);
  g_autoptr (DmcPassphrase) passphrase = ctl_read_passphrase (prompt, error);

  if (!passphrase)
    return FALSE;
  json_object_set_string_member (json_node_get_object (params), "user", user_name ());
  if (display)
    json_object_set_string_member (json_node_get_object (params), "display", display);
  if (dpi != 0)
    json_object_set_int_member (json_node_get_object (params), "dpi", dpi);
  if (force)
    json_object_set_boolean_member (json_node_get_object (params), "force", TRUE);
  if (trust_shares)
    json_object_set_boolean_member (json_node_get_object (params), "trust_shares", TRUE);
  return finish (ctl, ctl_call_secret (ctl, CTL_AGENT, method, g_steal_pointer (&owned), passphrase, NULL, error), done,
                 error);
}

static JsonNode *
params_with_id (Ctl *ctl, const char *name, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, name, error);

  return id ? dmc_json_node ("id:s", id, NULL) : NULL;
}

/* A folder may be one that the agent has not seen yet: a stick's, or one that was copied here. */
static JsonNode *
params_with_folder (Ctl *ctl, const char *folder, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);

  /* The connection first: nobody likes to type a passphrase for nothing. */
  return ctl_connect (ctl, CTL_AGENT, error) ? dmc_json_node ("path:s", path, NULL) : NULL;
}

static JsonNode *
params_with_either (Ctl *ctl, const char *name, GError **error)
{
  gboolean is_folder = strchr (name, '/') || g_str_has_suffix (name, ".domicile");

  return is_folder ? params_with_folder (ctl, name, error) : params_with_id (ctl, name, error);
}

static gboolean
run_open (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) params = params_with_either (ctl, arguments[0], error);

  return params && ctl_settings_add (json_node_get_object (params), NULL, error)
         && call_with_login (ctl, "workspace.open", g_steal_pointer (&params), arguments[0], "The workspace is open.", error);
}

static const GOptionEntry set_options[] = {
  { "name", 'n', 0, G_OPTION_ARG_STRING, &name_option, "Its new name", "NAME" },
  CTL_SETTINGS_OPTIONS,
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* Without anything to change it shows what there is. */
static gboolean
run_set (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) params = params_with_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *workspace;

  if (!params || !ctl_settings_add (json_node_get_object (params), arguments + 1, error))
    return FALSE;
  if (name_option)
    json_object_set_string_member (json_node_get_object (params), "name", name_option);
  node = ctl_call (ctl, CTL_AGENT, "workspace.set", g_steal_pointer (&params), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  workspace = json_node_get_object (node);
  ctl_settings_print (dmc_json_get_object (workspace, "settings"));
  if (dmc_json_get_boolean (workspace, "settings_wait", FALSE))
    puts ("They take effect when the workspace is opened again.");
  return TRUE;
}

/* --- suspend, resume --- */

enum { ATTEMPTS = 3 }; /* what is in the way may be known only when another one has gone */

static void
show_obstacles (JsonArray *obstacles)
{
  for (guint i = 0; obstacles && i < json_array_get_length (obstacles); i++) {
    JsonObject *one = json_array_get_object_element (obstacles, i);
    g_autofree char *name = ctl_clean (dmc_json_get_string (one, "name", ""));
    g_autofree char *command = ctl_clean (dmc_json_get_string (one, "command", name));
    g_autofree char *text = ctl_clean (dmc_json_get_string (one, "text", ""));

    printf ("%s  %s (%" G_GINT64_FORMAT ")%s%s: %s\n", dmc_json_get_boolean (one, "blocks", TRUE) ? "✗" : "!", name,
            dmc_json_get_int (one, "pid", 0), g_str_equal (command, name) ? "" : ", ", g_str_equal (command, name) ? "" : command,
            text);
  }
}

/* Returns when they are gone. One that has ended by itself meanwhile is none. */
static gboolean
end_obstacles (Ctl *ctl, const char *id, JsonArray *obstacles, GError **error)
{
  for (guint i = 0; obstacles && i < json_array_get_length (obstacles); i++) {
    JsonObject *one = json_array_get_object_element (obstacles, i);
    g_autoptr (JsonNode) stopped = NULL;
    g_autoptr (GError) local = NULL;

    if (!dmc_json_get_boolean (one, "blocks", TRUE))
      continue;
    stopped = ctl_call (ctl, CTL_AGENT, "app.stop", dmc_json_node ("workspace:s", id, "pid:i", dmc_json_get_int (one, "pid", 0), NULL),
                        &local);
    if (!stopped && !g_error_matches (local, DMC_ERROR, DMC_ERROR_NOT_FOUND)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  }
  return TRUE;
}

/* @obstacles: what is in the way, with --close to be ended; in the end what was in the way of the last attempt */
static gboolean
suspend (Ctl *ctl, const char *id, JsonArray *obstacles, GError **error)
{
  g_autoptr (GError) local = NULL;

  for (guint i = 0; i < ATTEMPTS; i++) {
    JsonObject *data;

    if (close_obstacles && !end_obstacles (ctl, id, obstacles, error))
      return FALSE;
    g_clear_error (&local);
    if (finish (ctl, ctl_call (ctl, CTL_AGENT, "workspace.suspend", dmc_json_node ("id:s", id, "anywhere:b", anywhere, NULL), &local),
                anywhere ? "The workspace is suspended; it can be resumed on any host."
                         : "The workspace is suspended; it can be resumed on a host with the same files.",
                &local))
      return TRUE;
    data = local->domain == DMC_ERROR ? dmc_error_get_data (local) : NULL;
    obstacles = data ? dmc_json_get_array (data, "obstacles") : NULL;
    if (!ctl->json)
      show_obstacles (obstacles);
    if (!obstacles || !close_obstacles)
      break;
  }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
run_suspend (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  JsonArray *obstacles;
  gboolean ready;

  if (!id)
    return FALSE;
  node = ctl_call (ctl, CTL_AGENT, "workspace.suspend_check", dmc_json_node ("id:s", id, NULL), error);
  if (!node)
    return FALSE;
  if (only_check && ctl->json)
    return ctl_print_json (node);
  ready = dmc_json_get_boolean (json_node_get_object (node), "ready", FALSE);
  obstacles = dmc_json_get_array (json_node_get_object (node), "obstacles");
  if (!ctl->json)
    show_obstacles (obstacles);
  if (only_check) {
    if (ready)
      puts ("The workspace can be suspended.");
    else
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, "the workspace cannot be suspended yet");
    return ready;
  }
  if (ready || close_obstacles)
    return suspend (ctl, id, obstacles, error);
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               "The workspace cannot be suspended. Close what is in the way, or give --close to have it ended.");
  return FALSE;
}

static gboolean
run_resume (Ctl *ctl, char **arguments, GError **error)
{
  JsonNode *params = params_with_either (ctl, arguments[0], error);

  return params
         && call_with_login (ctl, "workspace.resume", params, arguments[0], "The workspace goes on where it was.", error);
}

static gboolean
run_destroy (Ctl *ctl, char **arguments, GError **error)
{
  JsonNode *params = params_with_id (ctl, arguments[0], error);

  return params && call_with_login (ctl, "workspace.destroy", params, arguments[0], "The workspace is gone.", error);
}

static gboolean
run_passwd (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) params = params_with_id (ctl, arguments[0], error);
  g_autofree char *prompt = g_strdup_printf ("Passphrase of %s for %s: ", user_name (), arguments[0]);
  g_autoptr (DmcPassphrase) passphrase = params ? ctl_read_passphrase (prompt, error) : NULL;
  g_autoptr (DmcPassphrase) new_passphrase = passphrase ? ask_twice (error) : NULL;

  if (!new_passphrase)
    return FALSE;
  json_object_set_string_member (json_node_get_object (params), "user", user_name ());
  return finish (ctl,
                 ctl_call_secret (ctl, CTL_AGENT, "workspace.passwd", g_steal_pointer (&params), passphrase,
                                  new_passphrase, error),
                 "The new passphrase opens the workspace now, and the old one does not.", error);
}

static gboolean
run_close (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);

  return id
         && finish (ctl,
                    ctl_call (ctl, CTL_AGENT, "workspace.close", dmc_json_node ("id:s", id, NULL), error),
                    "The workspace is closed; nothing of it runs on this host any more.", error);
}

static const CtlCommand workspace_commands[] = {
  { "list", NULL, "List the workspaces", 0, 0, NULL, run_list },
  { "show", "WORKSPACE", "Show all about a workspace, and what was not started in it", 1, 1, NULL, run_show },
  { "check", "WORKSPACE", "Tell whether this host can open it (exit code 1: no), and what is missing", 1, 1, NULL, run_check },
  { "create", "FOLDER", "Create a workspace", 1, 1, create_options, run_create },
  { "open", "WORKSPACE|FOLDER", "Log into a workspace", 1, 1, open_options, run_open },
  { "set", "WORKSPACE [SETTING=VALUE…]", "Show or change what it binds to of the host", 1, -1, set_options, run_set },
  { "close", "WORKSPACE", "Stop its apps, save everything and close it", 1, 1, NULL, run_close },
  { "suspend", "WORKSPACE", "Save what runs on its desktop, and close it", 1, 1, suspend_options, run_suspend },
  { "resume", "WORKSPACE|FOLDER", "Go on with what was suspended", 1, 1, resume_options, run_resume },
  { "passwd", "WORKSPACE", "Change its passphrase", 1, 1, login_options, run_passwd },
  { "destroy", "WORKSPACE", "Delete a workspace with all that is in it", 1, 1, login_options,
    run_destroy },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_workspace
    = { "workspace", "Shows, opens and closes workspaces.", workspace_commands };

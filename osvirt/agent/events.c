/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients are told without asking: the topics workspace, app, process and storage. */
#include <sys/wait.h>

#include "agent/app-json.h"
#include "agent/app-watch.h"
#include "agent/service.h"
#include "agent/workspace-failed.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* How often to look for the end of processes that their app's first process has left behind. */
#define ORPHAN_LOOK_S 1
/* For what programs do at their end beside writing to a vault that has gone. */
#define VAULT_GRACE_MS 2000

/* What is watched in one workspace; lives as long as the workspace. */
typedef struct {
  AgentService *service;
  AgentWorkspace *workspace;
  GHashTable *orphaned; /* interned ids of apps that run on without their first process */
  guint timer;
  AppWatch *apps; /* while the workspace is open */
} Watch;

static void
watch_free (Watch *watch)
{
  g_clear_handle_id (&watch->timer, g_source_remove);
  g_clear_pointer (&watch->apps, app_watch_free);
  g_hash_table_unref (watch->orphaned);
  g_free (watch);
}

/* --- app, process --------------------------------------------------------------------------------------- */

static void
emit_reset (AgentService *self, AgentWorkspace *workspace)
{
  dmc_server_emit (self->server, "app", dmc_json_node ("change:s", "reset", "workspace:s", agent_workspace_get_id (workspace), NULL));
}

static void
emit_app (Watch *watch, const char *app, GArray *infos)
{
  GPtrArray *catalog = agent_workspace_get_catalog (watch->workspace);
  DesktopEntry *entry = catalog != NULL ? app_catalog_find (catalog, app) : NULL;

  if (entry == NULL)
    emit_reset (watch->service, watch->workspace);
  else
    dmc_server_emit (watch->service->server, "app",
                     dmc_json_node ("change:s", "changed", "workspace:s", agent_workspace_get_id (watch->workspace), "id:s", entry->id, "app:n",
                                    app_to_json (watch->service, watch->workspace, entry, infos), NULL));
}

static void
on_entries_changed (AgentWorkspace *workspace, gpointer data)
{
  Watch *watch = data;

  emit_reset (watch->service, workspace);
}

static void
watch_entries (Watch *watch)
{
  const gboolean open = agent_workspace_get_state (watch->workspace) == WORKSPACE_OPEN;

  if (open && watch->apps == NULL)
    watch->apps = app_watch_new (watch->workspace, on_entries_changed, watch);
  else if (!open)
    g_clear_pointer (&watch->apps, app_watch_free);
}

/* Tells that the apps of every open workspace are to be listed again. */
void
agent_events_reset_apps (AgentService *self)
{
  g_autoptr (GPtrArray) list = agent_store_list (self->store);

  for (guint i = 0; i < list->len; i++) {
    AgentWorkspace *workspace = g_ptr_array_index (list, i);
    if (agent_workspace_get_state (workspace) == WORKSPACE_OPEN)
      emit_reset (self, workspace);
  }
}

/* Tells of an app of an open workspace as it is now. */
void
agent_events_app_changed (AgentWorkspace *workspace, const char *app)
{
  g_autoptr (GArray) infos = process_table_read (agent_workspace_get_processes (workspace), NULL);

  if (infos != NULL)
    emit_app (g_object_get_data (G_OBJECT (workspace), "agent-watch"), app, infos);
}

static gboolean
runs (GArray *infos, const char *app)
{
  g_autoptr (GArray) pids = process_table_running (infos, app);

  return pids->len > 0;
}

static gboolean
on_orphan_look (gpointer data)
{
  Watch *watch = data;
  ProcessTable *processes = agent_workspace_get_processes (watch->workspace);
  g_autoptr (GArray) infos = processes != NULL ? process_table_read (processes, NULL) : NULL;
  GHashTableIter iter;
  gpointer app;

  g_hash_table_iter_init (&iter, watch->orphaned);
  while (g_hash_table_iter_next (&iter, &app, NULL)) {
    if (infos != NULL && runs (infos, app))
      continue;
    g_hash_table_iter_remove (&iter);
    if (infos != NULL)
      emit_app (watch, app, infos);
  }
  if (g_hash_table_size (watch->orphaned) > 0)
    return G_SOURCE_CONTINUE;
  watch->timer = 0;
  agent_workspace_changed (watch->workspace);
  return G_SOURCE_REMOVE;
}

static void
on_started (AgentWorkspace *workspace, int pid, const char *app, Watch *watch)
{
  dmc_server_emit (watch->service->server, "process",
                   dmc_json_node ("change:s", "created", "workspace:s", agent_workspace_get_id (workspace), "pid:i",
                                  (gint64) pid, "app:s", app, NULL));
  if (app == NULL)
    return;
  g_autoptr (GArray) infos = process_table_read (agent_workspace_get_processes (workspace), NULL);
  if (infos != NULL)
    emit_app (watch, app, infos);
}

static void
on_exited (AgentWorkspace *workspace, int pid, int wait_status, const char *app, Watch *watch)
{
  JsonNode *node = dmc_json_node ("change:s", "gone", "workspace:s", agent_workspace_get_id (workspace), "pid:i",
                                  (gint64) pid, "app:s", app, NULL);

  if (WIFEXITED (wait_status))
    json_object_set_int_member (json_node_get_object (node), "status", WEXITSTATUS (wait_status));
  else if (WIFSIGNALED (wait_status))
    json_object_set_int_member (json_node_get_object (node), "signal", WTERMSIG (wait_status));
  dmc_server_emit (watch->service->server, "process", node);

  ProcessTable *processes = agent_workspace_get_processes (workspace);
  g_autoptr (GArray) infos = app != NULL && processes != NULL ? process_table_read (processes, NULL) : NULL;
  if (infos == NULL)
    return;
  emit_app (watch, app, infos);
  if (runs (infos, app) && process_table_has_orphans (processes, infos)) {
    g_hash_table_add (watch->orphaned, (gpointer) g_intern_string (app));
    if (watch->timer == 0)
      watch->timer = g_timeout_add_seconds (ORPHAN_LOOK_S, on_orphan_look, watch);
  }
}

/* --- workspace ------------------------------------------------------------------------------------------ */

static void
emit_workspace (AgentService *self, const char *change, AgentWorkspace *workspace)
{
  dmc_server_emit (self->server, "workspace",
                   dmc_json_node ("change:s", change, "id:s", agent_workspace_get_id (workspace), "workspace:n",
                                  g_str_equal (change, "gone") ? NULL : agent_workspace_to_json (workspace), NULL));
}

/* Of its vault, if that is why: the view may have ended of it. */
static GError *
ended_error (AgentWorkspace *workspace)
{
  static const char saved[] = "What had been saved is there; open it again.";
  const char *name = agent_workspace_get_name (workspace), *program = dmc_vault_get_ended (agent_workspace_get_vault (workspace));

  if (program != NULL)
    return dmc_error_new (DMC_ERROR_IO, "What had been saved is there; open it again, which checks its file system.",
                          "The workspace “%s” was closed, as %s, a program that serves its vault, ended by itself.", name, program);
  return dmc_error_new (DMC_ERROR_IO, saved, "The workspace “%s” ended by itself: its first process was killed%s.", name,
                        dmc_view_is_reduced (agent_workspace_get_view (workspace)) ? "" : ", or the helper service that keeps it");
}

static void
on_ended (AgentWorkspace *workspace, Watch *watch)
{
  const gboolean runs_on = dmc_vault_get_ended (agent_workspace_get_vault (workspace)) != NULL;

  workspace_failed_close (workspace, watch->service->server, ended_error (workspace), runs_on ? VAULT_GRACE_MS : 0, FALSE);
}

/* --- storage -------------------------------------------------------------------------------------------- */

/* The volumes without their free space: that always changes, and is no news to anybody who just asked. */
static char *
outline (JsonArray *volumes)
{
  static const char *const members[] = { "id", "kind", "label", "size_bytes", "path", "state", "workspaces" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (volumes); i++) {
    JsonObject *volume = json_array_get_object_element (volumes, i);
    for (gsize j = 0; j < G_N_ELEMENTS (members); j++)
      if (json_object_has_member (volume, members[j]))
        dmc_json_append (text, json_object_get_member (volume, members[j]));
  }
  return g_string_free (text, FALSE);
}

/* Which they are, and which workspaces are on them. */
static void
emit_volumes (AgentService *self)
{
  g_autoptr (JsonNode) node = methods_storage_volumes (self);
  JsonArray *volumes = dmc_json_get_array (json_node_get_object (node), "volumes");
  g_autofree char *text = outline (volumes);

  if (g_strcmp0 (text, self->last_volumes) == 0)
    return;
  g_free (self->last_volumes);
  self->last_volumes = g_steal_pointer (&text);
  dmc_server_emit (self->server, "storage",
                   dmc_json_node ("change:s", "reset", "volumes:a", json_array_ref (volumes), NULL));
}

/* --- the store's --------------------------------------------------------------------------------------------- */

static void
watch_workspace (AgentService *self, AgentWorkspace *workspace)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->service = self;
  watch->workspace = workspace;
  watch->orphaned = g_hash_table_new (NULL, NULL);
  g_object_set_data_full (G_OBJECT (workspace), "agent-watch", watch, (GDestroyNotify) watch_free);
  g_signal_connect (workspace, "started", G_CALLBACK (on_started), watch);
  g_signal_connect (workspace, "exited", G_CALLBACK (on_exited), watch);
  g_signal_connect (workspace, "ended", G_CALLBACK (on_ended), watch);
}

static void
on_added (AgentStore *store, AgentWorkspace *workspace, AgentService *self)
{
  watch_workspace (self, workspace);
  emit_workspace (self, "created", workspace);
  emit_volumes (self);
}

static void
on_changed (AgentStore *store, AgentWorkspace *workspace, AgentService *self)
{
  watch_entries (g_object_get_data (G_OBJECT (workspace), "agent-watch"));
  emit_workspace (self, "changed", workspace);
}

static void
on_removed (AgentStore *store, AgentWorkspace *workspace, AgentService *self)
{
  g_signal_handlers_disconnect_by_data (workspace, g_object_get_data (G_OBJECT (workspace), "agent-watch"));
  g_object_set_data (G_OBJECT (workspace), "agent-watch", NULL);
  emit_workspace (self, "gone", workspace);
  emit_volumes (self);
}

static void
on_volumes_changed (AgentStore *store, AgentService *self)
{
  emit_volumes (self);
}

/* Starts to tell the clients of @self what happens. */
void
agent_events_watch (AgentService *self)
{
  static const char *const topics[] = { "workspace", "app", "process", "storage" };
  g_autoptr (GPtrArray) list = agent_store_list (self->store);

  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    dmc_server_add_topic (self->server, topics[i], FALSE, NULL, NULL, NULL);
  for (guint i = 0; i < list->len; i++)
    watch_workspace (self, g_ptr_array_index (list, i));
  g_signal_connect (self->store, "added", G_CALLBACK (on_added), self);
  g_signal_connect (self->store, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->store, "removed", G_CALLBACK (on_removed), self);
  g_signal_connect (self->store, "volumes-changed", G_CALLBACK (on_volumes_changed), self);
}

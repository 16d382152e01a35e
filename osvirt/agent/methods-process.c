/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-output.h"
#include "agent/service.h"
#include "rpc/error.h"
#include "rpc/json.h"

static JsonNode *
process_to_json (AgentService *self, AgentMediator *mediator, const ProcessInfo *info)
{
  const DmcProcess *process = info->process;
  g_autofree char *label = dmc_policy_service_app_label (self->policy, info->app);
  JsonArray *argv = json_array_new ();

  for (gsize i = 0; process->argv[i] != NULL; i++) {
    g_autofree char *word = g_utf8_make_valid (process->argv[i], -1); /* a process may call itself anything */
    json_array_add_string_element (argv, word);
  }
  return dmc_json_node ("pid:i", (gint64) process->pid, "host_pid:i", (gint64) process->host_pid, "ppid:i",
                        (gint64) process->ppid, "argv:a", argv, "app:s", info->app, "cpu_time_ns:i",
                        (gint64) process->cpu_time_ns, "memory_kib:i", (gint64) process->memory_kib, "label:s",
                        label, "subject:s", mediator != NULL ? agent_mediator_subject_of (mediator, info->session) : NULL, NULL);
}

static void
process_list (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (self, params, &error);
  g_autoptr (GArray) infos =
      workspace != NULL ? process_table_read (agent_workspace_get_processes (workspace), &error) : NULL;

  if (infos == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  JsonArray *processes = json_array_new ();
  for (guint i = 0; i < infos->len; i++)
    json_array_add_element (processes, process_to_json (self, agent_workspace_get_mediator (workspace), &g_array_index (infos, ProcessInfo, i)));
  dmc_request_reply (request, dmc_json_node ("processes:a", processes, NULL));
}

static void
on_output (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcRequest) request = data;
  GError *error = NULL;
  g_autoptr (AppOutput) output = app_output_read_finish (result, &error);

  if (output == NULL)
    dmc_request_fail (request, error);
  else
    dmc_request_reply (request, dmc_json_node ("text:s", output->text, "from:i", output->from, "next:i", output->next, NULL));
}

static void
app_output (DmcRequest *request, JsonObject *params, gpointer data)
{
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (data, params, &error);

  if (workspace == NULL)
    dmc_request_fail (request, error);
  else
    app_output_read_async (workspace, dmc_json_get_string (params, "app", ""), dmc_json_get_int (params, "from", 0),
                           dmc_request_get_cancellable (request), on_output, g_object_ref (request));
}

void
methods_process_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "process.list", process_list },
    { "app.output", app_output },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}

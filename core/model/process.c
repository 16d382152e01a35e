/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/process.h"

#include "model/item-list-private.h"
#include "model/item-private.h"
#include "rpc/json.h"

/* --- DmcProcess ------------------------------------------------------------------------------- */

struct _DmcProcess {
  DmcItem parent_instance;
  char   *command;
};

G_DEFINE_FINAL_TYPE (DmcProcess, dmc_process, DMC_TYPE_ITEM)

enum { PROP_COMMAND = 1 };
static GParamSpec *command_spec;

static const DmcItemField fields[] = {
  { "app", "app", G_TYPE_STRING },
  { "label", "label", G_TYPE_STRING },
  { "subject", "subject", G_TYPE_STRING },
  { "pid", "pid", G_TYPE_INT64 },
  { "host-pid", "host_pid", G_TYPE_INT64 },
  { "ppid", "ppid", G_TYPE_INT64 },
  { "cpu-time-ns", "cpu_time_ns", G_TYPE_INT64 },
  { "memory-kib", "memory_kib", G_TYPE_INT64 },
};

static void
dmc_process_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_COMMAND)
    g_value_set_string (value, DMC_PROCESS (object)->command);
  else
    G_OBJECT_CLASS (dmc_process_parent_class)->get_property (object, id, value, pspec);
}

static void
dmc_process_finalize (GObject *object)
{
  g_free (DMC_PROCESS (object)->command);
  G_OBJECT_CLASS (dmc_process_parent_class)->finalize (object);
}

static void
dmc_process_updated (DmcItem *item, JsonObject *old, gint64 time_us)
{
  DmcProcess *self = DMC_PROCESS (item);
  g_auto (GStrv) argv = dmc_json_dup_strings (dmc_item_get_object (item), "argv");
  g_autofree char *command = g_strjoinv (" ", argv);

  if (g_strcmp0 (command, self->command) == 0)
    return;
  g_free (self->command);
  self->command = g_steal_pointer (&command);
  g_object_notify_by_pspec (G_OBJECT (self), command_spec);
}

static int
dmc_process_compare (DmcItem *a, DmcItem *b)
{
  gint64 pid_a = dmc_item_get_int (a, "pid");
  gint64 pid_b = dmc_item_get_int (b, "pid");

  return (pid_a > pid_b) - (pid_a < pid_b);
}

static void
dmc_process_class_init (DmcProcessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  DMC_ITEM_CLASS (klass)->updated = dmc_process_updated;
  DMC_ITEM_CLASS (klass)->compare = dmc_process_compare;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
  object_class->get_property = dmc_process_get_property;
  object_class->finalize = dmc_process_finalize;
  command_spec = g_param_spec_string ("command", NULL, NULL, NULL,
                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property (object_class, PROP_COMMAND, command_spec);
}

static void
dmc_process_init (DmcProcess *self)
{
}

/**
 * dmc_process_get_pid:
 * @self: a process
 *
 * Returns: its number in the workspace
 */
gint64
dmc_process_get_pid (DmcProcess *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "pid");
}

/**
 * dmc_process_get_command:
 * @self: a process
 *
 * Returns: (transfer none) (nullable): its command and arguments, for showing
 */
const char *
dmc_process_get_command (DmcProcess *self)
{
  return self->command;
}

/* --- DmcProcessList --------------------------------------------------------------------------- */

struct _DmcProcessList {
  DmcItemList parent_instance;
  char       *workspace;
};

G_DEFINE_FINAL_TYPE (DmcProcessList, dmc_process_list, DMC_TYPE_ITEM_LIST)

static JsonNode *
dmc_process_list_params (DmcItemList *list)
{
  return dmc_json_node ("workspace:s", DMC_PROCESS_LIST (list)->workspace, NULL);
}

static void
dmc_process_list_finalize (GObject *object)
{
  g_free (DMC_PROCESS_LIST (object)->workspace);
  G_OBJECT_CLASS (dmc_process_list_parent_class)->finalize (object);
}

/* An event tells of one process started for an app; its children are only in the list, so ask for
 * that. */
static void
dmc_process_list_event (DmcItemList *list, const char *topic, gint64 time_us, JsonObject *data)
{
  if (g_strcmp0 (dmc_json_get_string (data, "workspace", NULL), DMC_PROCESS_LIST (list)->workspace)
      == 0)
    dmc_item_list_reload (list);
}

static void
dmc_process_list_class_init (DmcProcessListClass *klass)
{
  static const char *const topics[] = { "process", NULL };
  DmcItemListClass *list_class = DMC_ITEM_LIST_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_process_list_finalize;
  list_class->item_type = DMC_TYPE_PROCESS;
  list_class->method = "process.list";
  list_class->member = "processes";
  list_class->key = "pid";
  list_class->topics = topics;
  list_class->params = dmc_process_list_params;
  list_class->event = dmc_process_list_event;
}

static void
dmc_process_list_init (DmcProcessList *self)
{
}

/**
 * dmc_process_list_new:
 * @agent: the agent
 * @workspace_id: an open workspace
 *
 * Returns: (transfer full): its processes; dmc_item_list_reload() brings CPU time and memory up to
 * date
 */
DmcProcessList *
dmc_process_list_new (DmcEndpoint *agent, const char *workspace_id)
{
  DmcProcessList *self = g_object_new (DMC_TYPE_PROCESS_LIST, NULL);

  self->workspace = g_strdup (workspace_id);
  dmc_item_list_begin (DMC_ITEM_LIST (self), agent, 1000);
  return self;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/workspace.h"

#include "model/item-list-private.h"
#include "model/item-private.h"
#include "rpc/json.h"

/* --- DmcWorkspace ----------------------------------------------------------------------------- */

struct _DmcWorkspace {
  DmcItem parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcWorkspace, dmc_workspace, DMC_TYPE_ITEM)

enum { PROP_IS_OPEN = 1 };
static GParamSpec *is_open_spec;

static const DmcItemField fields[] = {
  { "name", "name", G_TYPE_STRING },
  { "path", "path", G_TYPE_STRING },
  { "state", "state", G_TYPE_STRING },
  { "mode", "mode", G_TYPE_STRING },
  { "vault", "vault", G_TYPE_STRING },
  { "desktop-kind", "desktop.kind", G_TYPE_STRING },
  { "desktop-address", "desktop.address", G_TYPE_STRING },
  { "desktop-clipboard", "desktop.clipboard", G_TYPE_STRING },
  { "problem", "problem", G_TYPE_STRING },
  { "recovered", "recovered", G_TYPE_STRING },
  { "notes", "notes", G_TYPE_STRING },
  { "size-bytes", "size_bytes", G_TYPE_INT64 },
  { "used-bytes", "used_bytes", G_TYPE_INT64 },
  { "apps", "apps", G_TYPE_INT64 },
  { "opened-us", "opened_us", G_TYPE_INT64 },
};

static void
dmc_workspace_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_IS_OPEN)
    g_value_set_boolean (value, dmc_workspace_is_open (DMC_WORKSPACE (object)));
  else
    G_OBJECT_CLASS (dmc_workspace_parent_class)->get_property (object, id, value, pspec);
}

static void
dmc_workspace_updated (DmcItem *item, JsonObject *old, gint64 time_us)
{
  gboolean was_open = g_strcmp0 (dmc_json_get_string (old, "state", NULL), "open") == 0;

  if (was_open != dmc_workspace_is_open (DMC_WORKSPACE (item)))
    g_object_notify_by_pspec (G_OBJECT (item), is_open_spec);
}

static void
dmc_workspace_class_init (DmcWorkspaceClass *klass)
{
  DMC_ITEM_CLASS (klass)->updated = dmc_workspace_updated;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
  G_OBJECT_CLASS (klass)->get_property = dmc_workspace_get_property;
  is_open_spec = g_param_spec_boolean ("is-open", NULL, NULL, FALSE,
                                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property (G_OBJECT_CLASS (klass), PROP_IS_OPEN, is_open_spec);
}

static void
dmc_workspace_init (DmcWorkspace *self)
{
}

/**
 * dmc_workspace_get_name:
 * @self: a workspace
 *
 * Returns: (transfer none) (nullable): its name
 */
const char *
dmc_workspace_get_name (DmcWorkspace *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "name");
}

/**
 * dmc_workspace_get_path:
 * @self: a workspace
 *
 * Returns: (transfer none) (nullable): its folder, NAME.domicile
 */
const char *
dmc_workspace_get_path (DmcWorkspace *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "path");
}

/**
 * dmc_workspace_get_state:
 * @self: a workspace
 *
 * Returns: (transfer none) (nullable): "closed", "opening", "open", "suspended", "closing" or
 * "lost"
 */
const char *
dmc_workspace_get_state (DmcWorkspace *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "state");
}

/**
 * dmc_workspace_is_open:
 * @self: a workspace
 *
 * Returns: whether it is open
 */
gboolean
dmc_workspace_is_open (DmcWorkspace *self)
{
  return g_strcmp0 (dmc_workspace_get_state (self), "open") == 0;
}

/* --- DmcWorkspaceList ------------------------------------------------------------------------- */

struct _DmcWorkspaceList {
  DmcItemList parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcWorkspaceList, dmc_workspace_list, DMC_TYPE_ITEM_LIST)

static void
dmc_workspace_list_class_init (DmcWorkspaceListClass *klass)
{
  static const char *const topics[] = { "workspace", NULL };
  DmcItemListClass *list_class = DMC_ITEM_LIST_CLASS (klass);

  list_class->item_type = DMC_TYPE_WORKSPACE;
  list_class->method = "workspace.list";
  list_class->member = "workspaces";
  list_class->object = "workspace";
  list_class->topics = topics;
}

static void
dmc_workspace_list_init (DmcWorkspaceList *self)
{
}

/**
 * dmc_workspace_list_new:
 * @agent: the agent
 *
 * Returns: (transfer full): its workspaces
 */
DmcWorkspaceList *
dmc_workspace_list_new (DmcEndpoint *agent)
{
  DmcWorkspaceList *self = g_object_new (DMC_TYPE_WORKSPACE_LIST, NULL);

  dmc_item_list_begin (DMC_ITEM_LIST (self), agent, 1000);
  return self;
}

char *
dmc_workspace_list_traces (JsonNode *closed)
{
  JsonObject *object = closed != NULL && JSON_NODE_HOLDS_OBJECT (closed) ? json_node_get_object (closed) : NULL;
  JsonArray *left = object != NULL ? dmc_json_get_array (object, "host_clean") : NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; left != NULL && i < json_array_get_length (left); i++) {
    JsonNode *element = json_array_get_element (left, i);

    if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING)
      g_string_append_printf (text, "\n• %s", json_node_get_string (element));
  }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/**
 * dmc_workspace_list_get_open:
 * @self: the workspaces
 *
 * Returns: (transfer none) (nullable): the first one that is open
 */
DmcWorkspace *
dmc_workspace_list_get_open (DmcWorkspaceList *self)
{
  guint n = dmc_item_list_get_n_items (DMC_ITEM_LIST (self));

  for (guint i = 0; i < n; i++) {
    g_autoptr (DmcWorkspace) workspace = g_list_model_get_item (G_LIST_MODEL (self), i);

    if (dmc_workspace_is_open (workspace))
      return workspace; /* the list keeps it */
  }
  return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/app.h"

#include "model/item-list-private.h"
#include "model/item-private.h"
#include "model/word-search.h"
#include "rpc/json.h"

/* --- DmcApp ----------------------------------------------------------------------------------- */

struct _DmcApp {
  DmcItem parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcApp, dmc_app, DMC_TYPE_ITEM)

enum { PROP_IS_RUNNING = 1, PROP_N_RUNNING };
static GParamSpec *is_running_spec, *n_running_spec;

static const DmcItemField fields[] = {
  { "name", "name", G_TYPE_STRING },
  { "version", "version", G_TYPE_STRING },
  { "summary", "summary", G_TYPE_STRING },
  { "icon", "icon", G_TYPE_STRING },
  { "icon-file", "icon_path", G_TYPE_STRING },
  { "source", "source", G_TYPE_STRING },
  { "label", "label", G_TYPE_STRING },
  { "subject", "subject", G_TYPE_STRING },
  { "size-bytes", "size_bytes", G_TYPE_INT64 },
  { "launched-us", "launched_us", G_TYPE_INT64 },
  { "streamed-bytes", "streamed_bytes", G_TYPE_INT64 },
  { "present-bytes", "present_bytes", G_TYPE_INT64 },
  { "is-favourite", "favourite", G_TYPE_BOOLEAN },
};

static guint
count_running (JsonObject *object)
{
  JsonArray *running = dmc_json_get_array (object, "running");

  return running != NULL ? json_array_get_length (running) : 0;
}

static void
dmc_app_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  guint running = count_running (dmc_item_get_object (DMC_ITEM (object)));

  if (id == PROP_IS_RUNNING)
    g_value_set_boolean (value, running > 0);
  else if (id == PROP_N_RUNNING)
    g_value_set_uint (value, running);
  else
    G_OBJECT_CLASS (dmc_app_parent_class)->get_property (object, id, value, pspec);
}

static void
dmc_app_updated (DmcItem *item, JsonObject *old, gint64 time_us)
{
  guint before = count_running (old);
  guint now = count_running (dmc_item_get_object (item));

  if (before != now)
    g_object_notify_by_pspec (G_OBJECT (item), n_running_spec);
  if ((before > 0) != (now > 0))
    g_object_notify_by_pspec (G_OBJECT (item), is_running_spec);
}

static void
dmc_app_class_init (DmcAppClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  DMC_ITEM_CLASS (klass)->updated = dmc_app_updated;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
  object_class->get_property = dmc_app_get_property;
  is_running_spec = g_param_spec_boolean ("is-running", NULL, NULL, FALSE, flags);
  n_running_spec = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_property (object_class, PROP_IS_RUNNING, is_running_spec);
  g_object_class_install_property (object_class, PROP_N_RUNNING, n_running_spec);
}

static void
dmc_app_init (DmcApp *self)
{
}

/**
 * dmc_app_get_name:
 * @self: an app
 *
 * Returns: (transfer none) (nullable): its name in the user's language
 */
const char *
dmc_app_get_name (DmcApp *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "name");
}

/**
 * dmc_app_get_summary:
 * @self: an app
 *
 * Returns: (transfer none) (nullable): what it is for
 */
const char *
dmc_app_get_summary (DmcApp *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "summary");
}

/**
 * dmc_app_is_running:
 * @self: an app
 *
 * Returns: whether a process of it runs
 */
gboolean
dmc_app_is_running (DmcApp *self)
{
  return count_running (dmc_item_get_object (DMC_ITEM (self))) > 0;
}

/**
 * dmc_app_dup_icon:
 * @self: an app
 *
 * Returns: (transfer full): its icon: the file that the agent found, or else the theme's icon of
 * that name
 */
GIcon *
dmc_app_dup_icon (DmcApp *self)
{
  const char *path = dmc_item_get_string (DMC_ITEM (self), "icon_path");
  const char *name = dmc_item_get_string (DMC_ITEM (self), "icon");

  if (path != NULL && g_path_is_absolute (path)) {
    g_autoptr (GFile) file = g_file_new_for_path (path);

    return g_file_icon_new (file);
  }
  if (name == NULL || *name == '\0' || g_path_is_absolute (name))
    return g_themed_icon_new ("application-x-executable");
  /* No second name to fall back to: GTK would take that of the desktop's theme before the app's own of hicolor. */
  return g_themed_icon_new (name);
}

/**
 * dmc_app_dup_categories:
 * @self: an app
 *
 * Returns: (transfer full) (array zero-terminated=1): its categories, as in the Desktop Menu
 * Specification
 */
char **
dmc_app_dup_categories (DmcApp *self)
{
  return dmc_json_dup_strings (dmc_item_get_object (DMC_ITEM (self)), "categories");
}

/**
 * dmc_app_is_favourite:
 * @self: an app
 *
 * Returns: whether the workspace's user has marked it
 */
gboolean
dmc_app_is_favourite (DmcApp *self)
{
  return dmc_item_get_boolean (DMC_ITEM (self), "favourite");
}

/**
 * dmc_app_get_launched:
 * @self: an app
 *
 * Returns: when it was started last in this workspace, microseconds since 1970 UTC; 0: never, or long ago
 */
gint64
dmc_app_get_launched (DmcApp *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "launched_us");
}

/**
 * dmc_app_is_streamed:
 * @self: an app
 *
 * Returns: whether what of it has not been read yet comes from a server
 */
gboolean
dmc_app_is_streamed (DmcApp *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "streamed_bytes") > 0;
}

/**
 * dmc_app_get_category:
 * @self: an app
 *
 * Returns: (transfer none) (nullable): its main category in the Desktop Menu Specification; %NULL where it names none
 */
const char *
dmc_app_get_category (DmcApp *self)
{
  /* In the order in which they claim an app that names several. */
  static const char *const main_categories[] = { "Game",       "Education", "Science",  "Development", "Graphics", "Network",
                                                 "AudioVideo", "Office",    "Settings", "System",      "Utility" };
  g_auto (GStrv) named = dmc_app_dup_categories (self);

  for (gsize i = 0; named != NULL && i < G_N_ELEMENTS (main_categories); i++)
    if (g_strv_contains ((const char *const *) named, main_categories[i]))
      return main_categories[i];
  return NULL;
}

/**
 * dmc_app_matches:
 * @self: an app
 * @words: what the user typed
 *
 * Returns: whether each of the words begins a word of its name, summary, keywords or id; Korean ones may stand anywhere, and
 * be initial consonants alone
 */
gboolean
dmc_app_matches (DmcApp *self, const char *words)
{
  g_auto (GStrv) keywords
      = dmc_json_dup_strings (dmc_item_get_object (DMC_ITEM (self)), "keywords");
  g_autofree char *joined = g_strjoinv (" ", keywords);
  const char *name = dmc_app_get_name (self);
  const char *summary = dmc_app_get_summary (self);
  g_autofree char *text = g_strjoin (" ", name != NULL ? name : "", summary != NULL ? summary : "",
                                     joined, dmc_item_get_id (DMC_ITEM (self)), NULL);

  return dmc_word_search_matches (words, text);
}

/* --- DmcAppList ------------------------------------------------------------------------------- */

struct _DmcAppList {
  DmcItemList parent_instance;
  char       *workspace;
};

G_DEFINE_FINAL_TYPE (DmcAppList, dmc_app_list, DMC_TYPE_ITEM_LIST)

static JsonNode *
dmc_app_list_params (DmcItemList *list)
{
  return dmc_json_node ("workspace:s", DMC_APP_LIST (list)->workspace, NULL);
}

static void
dmc_app_list_finalize (GObject *object)
{
  g_free (DMC_APP_LIST (object)->workspace);
  G_OBJECT_CLASS (dmc_app_list_parent_class)->finalize (object);
}

static void
dmc_app_list_class_init (DmcAppListClass *klass)
{
  static const char *const topics[] = { "app", NULL };
  DmcItemListClass *list_class = DMC_ITEM_LIST_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_app_list_finalize;
  list_class->item_type = DMC_TYPE_APP;
  list_class->method = "app.list";
  list_class->member = "apps";
  list_class->object = "app";
  list_class->topics = topics;
  list_class->params = dmc_app_list_params;
}

static void
dmc_app_list_init (DmcAppList *self)
{
}

/**
 * dmc_app_list_new:
 * @agent: the agent
 * @workspace_id: an open workspace
 *
 * Returns: (transfer full): its apps
 */
DmcAppList *
dmc_app_list_new (DmcEndpoint *agent, const char *workspace_id)
{
  DmcAppList *self = g_object_new (DMC_TYPE_APP_LIST, NULL);

  self->workspace = g_strdup (workspace_id);
  dmc_item_list_begin (DMC_ITEM_LIST (self), agent, 1000);
  return self;
}

/**
 * dmc_app_list_get_workspace:
 * @self: the apps
 *
 * Returns: (transfer none): the workspace's id
 */
const char *
dmc_app_list_get_workspace (DmcAppList *self)
{
  return self->workspace;
}

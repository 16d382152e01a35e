/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/item-list-private.h"

#include "model/item-private.h"
#include "rpc/json.h"

typedef struct {
  DmcEndpoint  *endpoint;
  GPtrArray    *items; /* sorted */
  GHashTable   *by_id; /* id -> item, unowned */
  GCancellable *cancellable;
  guint         watch;
  gboolean      synced;
  gboolean      loading;
  gboolean      stale; /* something happened while loading that may not be in the answer */
} DmcItemListPrivate;

static void list_model_init (GListModelInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (DmcItemList, dmc_item_list, G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (DmcItemList)
                                  G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum { PROP_0, PROP_ENDPOINT, PROP_SYNCED, PROP_N_ITEMS, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { ITEM_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static DmcItemListPrivate *
get_private (DmcItemList *self)
{
  return dmc_item_list_get_instance_private (self);
}

/* --- GListModel ------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return DMC_ITEM_LIST_GET_CLASS (model)->item_type;
}

static guint
get_n_items (GListModel *model)
{
  return get_private (DMC_ITEM_LIST (model))->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  DmcItemListPrivate *priv = get_private (DMC_ITEM_LIST (model));

  return position < priv->items->len ? g_object_ref (g_ptr_array_index (priv->items, position))
                                     : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
items_changed (DmcItemList *self, guint position, guint removed, guint added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
  if (removed != added)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ITEMS]);
}

/* --- one item --------------------------------------------------------------------------------- */

static int
compare (DmcItem *a, DmcItem *b)
{
  return DMC_ITEM_GET_CLASS (a)->compare (a, b);
}

static guint
find_place (DmcItemListPrivate *priv, DmcItem *item)
{
  guint low = 0, high = priv->items->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;

    if (compare (g_ptr_array_index (priv->items, middle), item) <= 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void
insert (DmcItemList *self, DmcItem *item)
{
  DmcItemListPrivate *priv = get_private (self);
  guint place = find_place (priv, item);

  g_ptr_array_insert (priv->items, (int) place, g_object_ref (item));
  items_changed (self, place, 0, 1);
}

static void
remove_at (DmcItemList *self, guint place)
{
  DmcItemListPrivate *priv = get_private (self);
  g_autoptr (DmcItem) item = g_ptr_array_steal_index (priv->items, place);

  g_hash_table_remove (priv->by_id, dmc_item_get_id (item));
  items_changed (self, place, 1, 0);
  dmc_item_set_live (item, FALSE);
}

/* A changed item may belong elsewhere now (a new name). */
static void
sort_again (DmcItemList *self, DmcItem *item)
{
  DmcItemListPrivate *priv = get_private (self);
  g_autoptr (DmcItem) keep = g_object_ref (item);
  guint place;

  if (!g_ptr_array_find (priv->items, item, &place))
    return;
  if ((place == 0 || compare (g_ptr_array_index (priv->items, place - 1), item) <= 0)
      && (place + 1 == priv->items->len
          || compare (item, g_ptr_array_index (priv->items, place + 1)) <= 0))
    return;
  g_ptr_array_remove_index (priv->items, place);
  items_changed (self, place, 1, 0);
  insert (self, item);
}

/* An id may be given anew after the other side restarted; a uuid is never. */
static gboolean
is_another (DmcItem *item, JsonObject *object)
{
  const char *known = dmc_item_get_string (item, "uuid");
  const char *told = dmc_json_get_string (object, "uuid", NULL);

  return known != NULL && told != NULL && !g_str_equal (known, told);
}

/* Returns: (transfer full): an item that is known by its id, and has no place yet. */
static DmcItem *
make (DmcItemList *self, const char *id, JsonObject *object, gint64 time_us)
{
  DmcItem *item = g_object_new (DMC_ITEM_LIST_GET_CLASS (self)->item_type, NULL);

  dmc_item_update (item, id, object, time_us);
  g_hash_table_insert (get_private (self)->by_id, g_strdup (id), item);
  return item;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  return compare (*(DmcItem *const *) a, *(DmcItem *const *) b);
}

/* An empty list tells of all that it is given at once: who shows it then sorts and draws once, and not for each. */
static void
fill (DmcItemList *self, JsonArray *objects, gint64 time_us)
{
  DmcItemListPrivate *priv = get_private (self);

  for (guint i = 0; i < json_array_get_length (objects); i++) {
    JsonNode *node = json_array_get_element (objects, i);
    g_autofree char *id = NULL;

    if (JSON_NODE_HOLDS_OBJECT (node))
      id = dmc_item_dup_key (json_node_get_object (node), DMC_ITEM_LIST_GET_CLASS (self)->key);
    if (id != NULL && !g_hash_table_contains (priv->by_id, id))
      g_ptr_array_add (priv->items, make (self, id, json_node_get_object (node), time_us));
  }
  g_ptr_array_sort (priv->items, compare_places);
  if (priv->items->len > 0)
    items_changed (self, 0, 0, priv->items->len);
}

/**
 * dmc_item_list_put: (skip)
 * @self: a list
 * @object: what the endpoint says of one item
 * @time_us: when that was, 0 where nobody measured
 *
 * Updates the item, or adds it.
 */
void
dmc_item_list_put (DmcItemList *self, JsonObject *object, gint64 time_us)
{
  DmcItemListPrivate *priv = get_private (self);
  DmcItemListClass *klass = DMC_ITEM_LIST_GET_CLASS (self);
  g_autofree char *id = dmc_item_dup_key (object, klass->key);
  DmcItem *known;
  g_autoptr (DmcItem) item = NULL;

  if (id == NULL)
    return;
  known = g_hash_table_lookup (priv->by_id, id);
  if (known != NULL && is_another (known, object))
    dmc_item_list_remove (self, id);
  else if (known != NULL)
    item = g_object_ref (known);
  if (item != NULL) {
    dmc_item_update (item, id, object, time_us);
    sort_again (self, item);
    g_signal_emit (self, signals[ITEM_CHANGED], 0, item);
    return;
  }
  item = make (self, id, object, time_us);
  insert (self, item);
}

/**
 * dmc_item_list_remove: (skip)
 * @self: a list
 * @id: an item's id; one that is not there is passed over
 */
void
dmc_item_list_remove (DmcItemList *self, const char *id)
{
  DmcItemListPrivate *priv = get_private (self);
  DmcItem *item = g_hash_table_lookup (priv->by_id, id);
  guint place;

  if (item != NULL && g_ptr_array_find (priv->items, item, &place))
    remove_at (self, place);
}

/**
 * dmc_item_list_put_all: (skip)
 * @self: a list
 * @objects: what the endpoint says of every item
 * @time_us: when that was, 0 where nobody measured
 *
 * Updates, adds and removes, so that the list holds these and no others.
 */
void
dmc_item_list_put_all (DmcItemList *self, JsonArray *objects, gint64 time_us)
{
  DmcItemListPrivate *priv = get_private (self);
  const char *key = DMC_ITEM_LIST_GET_CLASS (self)->key;
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < json_array_get_length (objects); i++) {
    JsonNode *node = json_array_get_element (objects, i);
    char *id = JSON_NODE_HOLDS_OBJECT (node) ? dmc_item_dup_key (json_node_get_object (node), key)
                                             : NULL;

    if (id != NULL)
      g_hash_table_add (told, id);
  }
  for (guint i = priv->items->len; i > 0; i--)
    if (!g_hash_table_contains (told, dmc_item_get_id (g_ptr_array_index (priv->items, i - 1))))
      remove_at (self, i - 1);
  if (priv->items->len == 0) {
    fill (self, objects, time_us);
    return;
  }
  for (guint i = 0; i < json_array_get_length (objects); i++) {
    JsonNode *node = json_array_get_element (objects, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      dmc_item_list_put (self, json_node_get_object (node), time_us);
  }
}

/* --- all items -------------------------------------------------------------------------------- */

static void
set_synced (DmcItemList *self, gboolean synced)
{
  DmcItemListPrivate *priv = get_private (self);

  if (priv->synced == synced)
    return;
  priv->synced = synced;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SYNCED]);
}

static void
loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcItemList) self = data;
  DmcItemListPrivate *priv = get_private (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  JsonArray *objects = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  priv->loading = FALSE;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    objects
        = dmc_json_get_array (json_node_get_object (node), DMC_ITEM_LIST_GET_CLASS (self)->member);
  if (objects != NULL) {
    dmc_item_list_put_all (self, objects, 0);
    set_synced (self, TRUE);
  } else {
    g_info ("%s: %s", DMC_ITEM_LIST_GET_CLASS (self)->method,
            error != NULL ? error->message : "no list in it");
    if (g_error_matches (error, DMC_ERROR, DMC_ERROR_IO))
      dmc_endpoint_check (priv->endpoint);
  }
  if (priv->stale)
    dmc_item_list_reload (self);
}

/**
 * dmc_item_list_reload:
 * @self: a list
 *
 * Asks the endpoint for all items anew.
 */
void
dmc_item_list_reload (DmcItemList *self)
{
  DmcItemListPrivate *priv;
  DmcItemListClass *klass;
  g_return_if_fail (DMC_IS_ITEM_LIST (self));
  priv = get_private (self);
  klass = DMC_ITEM_LIST_GET_CLASS (self);
  if (priv->endpoint == NULL || !dmc_endpoint_is_connected (priv->endpoint))
    return;
  priv->stale = priv->loading;
  if (priv->loading)
    return;
  priv->loading = TRUE;
  dmc_endpoint_call_async (priv->endpoint, klass->method, klass->params != NULL ? klass->params (self) : NULL, priv->cancellable,
                           loaded, g_object_ref (self));
}

/* What is shown while there is no connection is not so any more, perhaps. */
static void
connection_changed (DmcEndpoint *endpoint, GParamSpec *pspec, DmcItemList *self)
{
  DmcItemListPrivate *priv = get_private (self);

  if (dmc_endpoint_is_connected (endpoint))
    return;
  priv->loading = FALSE;
  priv->stale = FALSE;
  g_cancellable_cancel (priv->cancellable);
  g_set_object (&priv->cancellable, NULL);
  priv->cancellable = g_cancellable_new ();
  set_synced (self, FALSE);
  for (guint i = 0; i < priv->items->len; i++)
    dmc_item_set_live (g_ptr_array_index (priv->items, i), FALSE);
}

/* --- events ----------------------------------------------------------------------------------- */

static gboolean
is_for_us (DmcItemList *self, JsonObject *data)
{
  DmcItemListClass *klass = DMC_ITEM_LIST_GET_CLASS (self);
  const char *workspace = dmc_json_get_string (data, "workspace", NULL);
  g_autoptr (JsonNode) params = NULL;
  const char *ours;

  if (workspace == NULL || klass->params == NULL)
    return TRUE;
  params = klass->params (self);
  ours = dmc_json_get_string (json_node_get_object (params), "workspace", NULL);
  return ours == NULL || g_str_equal (ours, workspace);
}

static void
default_event (DmcItemList *self, const char *topic, gint64 time_us, JsonObject *data)
{
  DmcItemListClass *klass = DMC_ITEM_LIST_GET_CLASS (self);
  const char *change = dmc_json_get_string (data, "change", "reset");
  JsonObject *object = klass->object != NULL ? dmc_json_get_object (data, klass->object) : NULL;
  g_autofree char *id = dmc_item_dup_key (object != NULL ? object : data, klass->key);

  if (!is_for_us (self, data))
    return;
  if (dmc_json_get_array (data, klass->member) != NULL)
    dmc_item_list_put_all (self, dmc_json_get_array (data, klass->member), time_us);
  else if (g_str_equal (change, "gone") && id != NULL)
    dmc_item_list_remove (self, id);
  else if (!g_str_equal (change, "reset") && object != NULL)
    dmc_item_list_put (self, object, time_us);
  else
    dmc_item_list_reload (self);
}

static void
event_came (const char *topic, gint64 time_us, JsonNode *data, gpointer user_data)
{
  g_autoptr (DmcItemList) self = g_object_ref (user_data);
  DmcItemListPrivate *priv = get_private (self);

  if (!JSON_NODE_HOLDS_OBJECT (data))
    return;
  /* Before the first answer there is nothing to change; while one is under way it may be older than
   * this. */
  if (priv->loading)
    priv->stale = TRUE;
  else if (priv->synced)
    DMC_ITEM_LIST_GET_CLASS (self)->event (self, topic, time_us, json_node_get_object (data));
}

/**
 * dmc_item_list_begin: (skip)
 * @self: a new list
 * @endpoint: whose items it holds
 * @interval_ms: how often samples may come
 */
void
dmc_item_list_begin (DmcItemList *self, DmcEndpoint *endpoint, guint interval_ms)
{
  DmcItemListPrivate *priv = get_private (self);

  priv->endpoint = g_object_ref (endpoint);
  priv->watch = dmc_endpoint_watch (endpoint, DMC_ITEM_LIST_GET_CLASS (self)->topics, interval_ms,
                                    event_came, self, NULL);
  g_signal_connect_swapped (endpoint, "resync", G_CALLBACK (dmc_item_list_reload), self);
  g_signal_connect (endpoint, "notify::connected", G_CALLBACK (connection_changed), self);
  dmc_item_list_reload (self);
}

/* --- the object ------------------------------------------------------------------------------- */

static void
dmc_item_list_dispose (GObject *object)
{
  DmcItemListPrivate *priv = get_private (DMC_ITEM_LIST (object));

  g_cancellable_cancel (priv->cancellable);
  if (priv->endpoint != NULL) {
    g_signal_handlers_disconnect_by_data (priv->endpoint, object);
    dmc_endpoint_unwatch (priv->endpoint, priv->watch);
    g_clear_object (&priv->endpoint);
  }
  G_OBJECT_CLASS (dmc_item_list_parent_class)->dispose (object);
}

static void
dmc_item_list_finalize (GObject *object)
{
  DmcItemListPrivate *priv = get_private (DMC_ITEM_LIST (object));

  g_object_unref (priv->cancellable);
  g_hash_table_unref (priv->by_id);
  g_ptr_array_unref (priv->items);
  G_OBJECT_CLASS (dmc_item_list_parent_class)->finalize (object);
}

static void
dmc_item_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DmcItemListPrivate *priv = get_private (DMC_ITEM_LIST (object));

  switch (id) {
  case PROP_ENDPOINT:
    g_value_set_object (value, priv->endpoint);
    break;
  case PROP_SYNCED:
    g_value_set_boolean (value, priv->synced);
    break;
  case PROP_N_ITEMS:
    g_value_set_uint (value, priv->items->len);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dmc_item_list_class_init (DmcItemListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = dmc_item_list_dispose;
  object_class->finalize = dmc_item_list_finalize;
  object_class->get_property = dmc_item_list_get_property;
  klass->event = default_event;
  klass->key = "id";
  props[PROP_ENDPOINT] = g_param_spec_object ("endpoint", NULL, NULL, DMC_TYPE_ENDPOINT, flags);
  props[PROP_SYNCED] = g_param_spec_boolean ("synced", NULL, NULL, FALSE, flags);
  props[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * DmcItemList::item-changed:
   * @self: the list
   * @item: an item of it that was updated
   */
  signals[ITEM_CHANGED] = g_signal_new ("item-changed", DMC_TYPE_ITEM_LIST, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, DMC_TYPE_ITEM);
}

static void
dmc_item_list_init (DmcItemList *self)
{
  DmcItemListPrivate *priv = get_private (self);

  priv->items = g_ptr_array_new_with_free_func (g_object_unref);
  priv->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  priv->cancellable = g_cancellable_new ();
}

/**
 * dmc_item_list_get_endpoint:
 * @self: a list
 *
 * Returns: (transfer none): whose items it holds
 */
DmcEndpoint *
dmc_item_list_get_endpoint (DmcItemList *self)
{
  return get_private (self)->endpoint;
}

/**
 * dmc_item_list_get_synced:
 * @self: a list
 *
 * Returns: whether what it shows is what the endpoint has now
 */
gboolean
dmc_item_list_get_synced (DmcItemList *self)
{
  return get_private (self)->synced;
}

/**
 * dmc_item_list_get_n_items:
 * @self: a list
 *
 * Returns: how many items it holds
 */
guint
dmc_item_list_get_n_items (DmcItemList *self)
{
  return get_private (self)->items->len;
}

/**
 * dmc_item_list_find:
 * @self: a list
 * @id: an item's id
 *
 * Returns: (transfer none) (nullable): the item
 */
DmcItem *
dmc_item_list_find (DmcItemList *self, const char *id)
{
  return g_hash_table_lookup (get_private (self)->by_id, id);
}

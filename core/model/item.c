/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/item-private.h"

#include <string.h>

#include "rpc/json.h"

typedef struct {
  char       *id;
  JsonObject *object;
  gboolean    live;
} DmcItemPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (DmcItem, dmc_item, G_TYPE_OBJECT)

enum { PROP_0, PROP_ID, PROP_LIVE, N_PROPS };
static GParamSpec *props[N_PROPS];

static const DmcItemField *
find_field (GParamSpec *pspec)
{
  DmcItemClass *klass = g_type_class_peek (pspec->owner_type);
  guint index = pspec->param_id - DMC_ITEM_FIRST_FIELD;

  g_assert (klass != NULL && index < klass->n_fields);
  return &klass->fields[index];
}

static void
get_field (DmcItem *self, const DmcItemField *field, GValue *value)
{
  if (field->type == G_TYPE_STRING)
    g_value_set_string (value, dmc_item_get_string (self, field->path));
  else if (field->type == G_TYPE_INT64)
    g_value_set_int64 (value, dmc_item_get_int (self, field->path));
  else if (field->type == G_TYPE_DOUBLE)
    g_value_set_double (value, dmc_item_get_double (self, field->path));
  else
    g_value_set_boolean (value, dmc_item_get_boolean (self, field->path));
}

static void
dmc_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DmcItem *self = DMC_ITEM (object);

  if (id >= DMC_ITEM_FIRST_FIELD)
    get_field (self, find_field (pspec), value);
  else if (id == PROP_ID)
    g_value_set_string (value, dmc_item_get_id (self));
  else if (id == PROP_LIVE)
    g_value_set_boolean (value, dmc_item_get_live (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dmc_item_finalize (GObject *object)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (DMC_ITEM (object));

  g_free (priv->id);
  json_object_unref (priv->object);
  G_OBJECT_CLASS (dmc_item_parent_class)->finalize (object);
}

static void
dmc_item_class_init (DmcItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dmc_item_get_property;
  object_class->finalize = dmc_item_finalize;
  klass->compare = dmc_item_compare;
  props[PROP_ID]
      = g_param_spec_string ("id", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_LIVE] =
      g_param_spec_boolean ("live", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dmc_item_init (DmcItem *self)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);

  priv->object = json_object_new ();
}

static GParamSpec *
field_spec (const DmcItemField *field)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  if (field->type == G_TYPE_STRING)
    return g_param_spec_string (field->property, NULL, NULL, NULL, flags);
  if (field->type == G_TYPE_INT64)
    return g_param_spec_int64 (field->property, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  if (field->type == G_TYPE_DOUBLE)
    return g_param_spec_double (field->property, NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  g_assert (field->type == G_TYPE_BOOLEAN);
  return g_param_spec_boolean (field->property, NULL, NULL, FALSE, flags);
}

/**
 * dmc_item_class_install_fields: (skip)
 * @klass: a subclass
 * @fields: which members become which properties; static
 * @n_fields: how many
 */
void
dmc_item_class_install_fields (DmcItemClass *klass, const DmcItemField *fields, guint n_fields)
{
  /* GObject does not let a class inherit this. */
  if (G_OBJECT_CLASS (klass)->get_property == NULL)
    G_OBJECT_CLASS (klass)->get_property = dmc_item_get_property;
  klass->fields = fields;
  klass->n_fields = n_fields;
  for (guint i = 0; i < n_fields; i++)
    g_object_class_install_property (G_OBJECT_CLASS (klass), DMC_ITEM_FIRST_FIELD + i,
                                     field_spec (&fields[i]));
}

/* --- updating --------------------------------------------------------------------------------- */

static JsonNode *
find_node (JsonObject *object, const char *path)
{
  const char *dot;

  while (object != NULL && (dot = strchr (path, '.')) != NULL) {
    char name[64];

    g_strlcpy (name, path, MIN (sizeof name, (gsize) (dot - path) + 1));
    object = dmc_json_get_object (object, name);
    path = dot + 1;
  }
  return object != NULL ? json_object_get_member (object, path) : NULL;
}

static gboolean
differs (JsonObject *old, JsonObject *new, const char *path)
{
  JsonNode *a = find_node (old, path);
  JsonNode *b = find_node (new, path);

  if (a == NULL || b == NULL)
    return a != b;
  return !json_node_equal (a, b);
}

/**
 * dmc_item_dup_key: (skip)
 * @object: what an endpoint sent
 * @key: the member that tells items apart
 *
 * Returns: (transfer full) (nullable): its text
 */
char *
dmc_item_dup_key (JsonObject *object, const char *key)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, key) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return NULL;
}

/**
 * dmc_item_update: (skip)
 * @self: an item
 * @id: its id
 * @object: (transfer none): what the endpoint says of it now
 * @time_us: when that was, 0 where nobody measured
 *
 * Replaces what is known, and notifies of each property that changed.
 */
void
dmc_item_update (DmcItem *self, const char *id, JsonObject *object, gint64 time_us)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);
  DmcItemClass *klass = DMC_ITEM_GET_CLASS (self);
  g_autoptr (JsonObject) old = priv->object;

  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (priv->id, id) != 0) {
    g_free (priv->id);
    priv->id = g_strdup (id);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ID]);
  }
  priv->object = json_object_ref (object);
  for (guint i = 0; i < klass->n_fields; i++)
    if (differs (old, object, klass->fields[i].path))
      g_object_notify (G_OBJECT (self), klass->fields[i].property);
  dmc_item_set_live (self, TRUE);
  if (klass->updated != NULL)
    klass->updated (self, old, time_us);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * dmc_item_set_live: (skip)
 * @self: an item
 * @live: whether what it shows is so now
 */
void
dmc_item_set_live (DmcItem *self, gboolean live)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);

  if (priv->live == live)
    return;
  priv->live = live;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LIVE]);
}

/* --- reading ---------------------------------------------------------------------------------- */

/**
 * dmc_item_get_id:
 * @self: an item
 *
 * Returns: (transfer none): what tells it from others at its endpoint
 */
const char *
dmc_item_get_id (DmcItem *self)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);

  return priv->id;
}

/**
 * dmc_item_get_live:
 * @self: an item
 *
 * Returns: whether its endpoint is connected and knows it still
 */
gboolean
dmc_item_get_live (DmcItem *self)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);

  return priv->live;
}

/**
 * dmc_item_get_object:
 * @self: an item
 *
 * Returns: (transfer none): all that the endpoint said of it last
 */
JsonObject *
dmc_item_get_object (DmcItem *self)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);

  return priv->object;
}

/**
 * dmc_item_get_node:
 * @self: an item
 * @path: a member, or members joined by dots
 *
 * Returns: (transfer none) (nullable): its value
 */
JsonNode *
dmc_item_get_node (DmcItem *self, const char *path)
{
  DmcItemPrivate *priv = dmc_item_get_instance_private (self);

  return find_node (priv->object, path);
}

static JsonNode *
value_of_type (DmcItem *self, const char *path, GType type)
{
  JsonNode *node = dmc_item_get_node (self, path);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type
             ? node
             : NULL;
}

/**
 * dmc_item_get_string:
 * @self: an item
 * @path: a member, or members joined by dots
 *
 * Returns: (transfer none) (nullable): its text
 */
const char *
dmc_item_get_string (DmcItem *self, const char *path)
{
  JsonNode *node = value_of_type (self, path, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : NULL;
}

/**
 * dmc_item_get_int:
 * @self: an item
 * @path: a member, or members joined by dots
 *
 * Returns: its value; 0 where there is none
 */
gint64
dmc_item_get_int (DmcItem *self, const char *path)
{
  JsonNode *node = value_of_type (self, path, G_TYPE_INT64);

  return node != NULL ? json_node_get_int (node) : 0;
}

/**
 * dmc_item_get_double:
 * @self: an item
 * @path: a member, or members joined by dots
 *
 * Returns: its value; 0 where there is none
 */
double
dmc_item_get_double (DmcItem *self, const char *path)
{
  JsonNode *node = value_of_type (self, path, G_TYPE_DOUBLE);

  return node != NULL ? json_node_get_double (node) : (double) dmc_item_get_int (self, path);
}

/**
 * dmc_item_get_boolean:
 * @self: an item
 * @path: a member, or members joined by dots
 *
 * Returns: its value; FALSE where there is none
 */
gboolean
dmc_item_get_boolean (DmcItem *self, const char *path)
{
  JsonNode *node = value_of_type (self, path, G_TYPE_BOOLEAN);

  return node != NULL && json_node_get_boolean (node);
}

static int
compare_numbers (gint64 a, gint64 b)
{
  return (a > b) - (a < b);
}

/* As the user's language has it, but numbers by their value: "Disk 9" comes before "Disk 10". */
static int
compare_names (const char *a, const char *b)
{
  g_autofree char *key_a = g_utf8_collate_key_for_filename (a, -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (b, -1);

  return strcmp (key_a, key_b);
}

/**
 * dmc_item_compare:
 * @a: an item
 * @b: another
 *
 * Returns: the order by name as the user's language has it, numbers by their value, then by id
 */
int
dmc_item_compare (DmcItem *a, DmcItem *b)
{
  const char *name_a = dmc_item_get_string (a, "name");
  const char *name_b = dmc_item_get_string (b, "name");
  int order = name_a != NULL && name_b != NULL ? compare_names (name_a, name_b) : 0;
  gint64 id_a = g_ascii_strtoll (dmc_item_get_id (a), NULL, 10);
  gint64 id_b = g_ascii_strtoll (dmc_item_get_id (b), NULL, 10);

  if (order == 0)
    order = compare_numbers (id_a, id_b);
  return order != 0 ? order : strcmp (dmc_item_get_id (a), dmc_item_get_id (b));
}

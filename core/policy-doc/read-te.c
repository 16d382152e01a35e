/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The member "te": types, attributes (named sets of types, which may contain other attributes) and
 * rules. */
#include "policy-doc/document-private.h"

#define MAX_ATTRIBUTES 1024

/* How many types may be looked at while attributes are put together: a bound on the work that a
 * hostile document can make, far above what anyone writes. */
#define MAX_WORK 4000000

typedef struct {
  DmcPolicyReader *reader;
  JsonObject *attributes; /* as written, or NULL */
  GHashTable *sets;       /* attribute name to GArray of guint16, once resolved */
  guint work;             /* types looked at */
  GPtrArray *open;        /* names of the attributes being resolved, outermost first */
} Sets;

static GArray *resolve_attribute (Sets *sets, const char *name);

static void
add_types (GArray *set, guint8 *seen, const GArray *more)
{
  for (guint i = 0; i < more->len; i++) {
    guint16 type = g_array_index (more, guint16, i);

    if (!seen[type])
      g_array_append_val (set, type);
    seen[type] = 1;
  }
}

static GArray *
single_type (guint16 type)
{
  GArray *set = g_array_sized_new (FALSE, FALSE, sizeof (guint16), 1);

  g_array_append_val (set, type);
  return set;
}

/* The types that the name at hand stands for: (transfer full) (nullable) with a problem told */
static GArray *
resolve (Sets *sets, JsonNode *node)
{
  const char *name = dmc_policy_reader_string (sets->reader, node);
  GArray *set;
  int type;

  if (name == NULL)
    return NULL;
  type = dmc_policy_names_find (sets->reader->document->types, name);
  if (type >= 0)
    return single_type ((guint16)type);
  set = g_hash_table_lookup (sets->sets, name);
  if (set != NULL)
    return g_array_ref (set);
  if (sets->attributes == NULL || !json_object_has_member (sets->attributes, name)) {
    dmc_policy_reader_error (sets->reader, "There is no type or attribute “%s”.", name);
    return NULL;
  }
  if (g_ptr_array_find_with_equal_func (sets->open, name, g_str_equal, NULL)) {
    dmc_policy_reader_error (sets->reader, "The attribute “%s” contains itself.", name);
    return NULL;
  }
  return resolve_attribute (sets, name);
}

/* Goes to the attribute's own place in the document, wherever its name was met. */
static GArray *
resolve_attribute (Sets *sets, const char *name)
{
  DmcPolicyReader *reader = sets->reader;
  g_autofree char *back = g_strdup (reader->path->str);
  g_autofree guint8 *seen = g_new0 (guint8, dmc_policy_names_count (reader->document->types) + 1);
  GArray *set = g_array_new (FALSE, FALSE, sizeof (guint16));
  JsonArray *array;

  g_string_assign (reader->path, "te.attributes");
  dmc_policy_reader_enter_member (reader, name);
  g_ptr_array_add (sets->open, (gpointer)name);
  array = dmc_policy_reader_array (reader, json_object_get_member (sets->attributes, name));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize where = dmc_policy_reader_enter_element (reader, i);
    g_autoptr (GArray) member = resolve (sets, json_array_get_element (array, i));

    if (member != NULL) {
      sets->work += member->len;
      add_types (set, seen, member);
    }
    if (sets->work > MAX_WORK) {
      dmc_policy_reader_error (
          reader, "The attributes contain each other more often than can be followed.");
      array = NULL;
    }
    dmc_policy_reader_leave (reader, where);
  }
  g_ptr_array_set_size (sets->open, (int)sets->open->len - 1);
  g_string_assign (reader->path, back);
  g_hash_table_insert (sets->sets, g_strdup (name), g_array_ref (set));
  return set;
}

static void
read_attributes (Sets *sets, JsonObject *te)
{
  DmcPolicyReader *reader = sets->reader;
  gsize where = dmc_policy_reader_enter_member (reader, "attributes");
  JsonObjectIter iter;
  const char *name;

  if (json_object_has_member (te, "attributes"))
    sets->attributes = dmc_policy_reader_object (reader, json_object_get_member (te, "attributes"));
  if (sets->attributes != NULL && json_object_get_size (sets->attributes) > MAX_ATTRIBUTES) {
    dmc_policy_reader_error (reader, "There can be at most %d attributes.", MAX_ATTRIBUTES);
    sets->attributes = NULL;
  }
  if (sets->attributes != NULL) {
    json_object_iter_init_ordered (&iter, sets->attributes);
    while (json_object_iter_next_ordered (&iter, &name, NULL)) {
      gsize inner = dmc_policy_reader_enter_member (reader, name);

      if (dmc_policy_names_find (reader->document->types, name) >= 0)
        dmc_policy_reader_error (reader, "“%s” is the name of a type already.", name);
      else if (!g_hash_table_contains (sets->sets, name))
        g_array_unref (resolve_attribute (sets, name));
      dmc_policy_reader_leave (reader, inner);
    }
  }
  dmc_policy_reader_leave (reader, where);
}

static JsonNode *
required_member (DmcPolicyReader *reader, JsonObject *rule, const char *member)
{
  if (!json_object_has_member (rule, member)) {
    dmc_policy_reader_error (reader, "The rule has no “%s”.", member);
    return NULL;
  }
  return json_object_get_member (rule, member);
}

static GArray *
read_type_set (Sets *sets, JsonObject *rule, const char *member)
{
  JsonNode *node = required_member (sets->reader, rule, member);
  GArray *set = NULL;

  if (node != NULL) {
    gsize where = dmc_policy_reader_enter_member (sets->reader, member);

    set = resolve (sets, node);
    dmc_policy_reader_leave (sets->reader, where);
  }
  return set;
}

static int
read_class (DmcPolicyReader *reader, JsonObject *rule)
{
  JsonNode *node = required_member (reader, rule, "class");
  const char *name;
  gsize where;
  int cls = -1;

  if (node == NULL)
    return -1;
  where = dmc_policy_reader_enter_member (reader, "class");
  name = dmc_policy_reader_string (reader, node);
  if (name != NULL && (cls = dmc_policy_class_find (name)) < 0)
    dmc_policy_reader_error (reader, "There is no object class “%s”.", name);
  dmc_policy_reader_leave (reader, where);
  return cls;
}

static guint32
read_permission (DmcPolicyReader *reader, JsonNode *node, guint cls, guint32 before)
{
  const char *name = dmc_policy_reader_string (reader, node);
  int permission;

  if (name == NULL)
    return 0;
  permission = dmc_policy_permission_find (cls, name);
  if (permission < 0) {
    dmc_policy_reader_error (reader, "The class “%s” has no permission “%s”.",
                             pol_classes[cls].name, name);
    return 0;
  }
  if (before & POL_BIT (permission))
    dmc_policy_reader_warning (reader, "The permission “%s” is named twice.", name);
  return POL_BIT (permission);
}

static guint32
read_permissions (DmcPolicyReader *reader, JsonObject *rule, int cls)
{
  JsonNode *node = required_member (reader, rule, "permissions");
  guint32 permissions = 0;
  JsonArray *array;
  gsize where;

  if (node == NULL)
    return 0;
  where = dmc_policy_reader_enter_member (reader, "permissions");
  array = dmc_policy_reader_array (reader, node);
  if (array != NULL && json_array_get_length (array) == 0)
    dmc_policy_reader_warning (reader, "The rule allows nothing.");
  for (guint i = 0; array != NULL && cls >= 0 && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (reader, i);

    permissions
        |= read_permission (reader, json_array_get_element (array, i), (guint)cls, permissions);
    dmc_policy_reader_leave (reader, inner);
  }
  dmc_policy_reader_leave (reader, where);
  return permissions;
}

static void
read_rule (Sets *sets, JsonNode *node, GArray *rules)
{
  static const char *const known[]
      = { "source", "target", "class", "permissions", "description", NULL };
  DmcPolicyReader *reader = sets->reader;
  JsonObject *object = dmc_policy_reader_object (reader, node);
  g_autoptr (GArray) sources = NULL;
  g_autoptr (GArray) targets = NULL;
  DmcPolicyRule rule = { 0 };
  int cls;

  if (object == NULL)
    return;
  dmc_policy_reader_check_members (reader, object, known);
  sources = read_type_set (sets, object, "source");
  targets = read_type_set (sets, object, "target");
  cls = read_class (reader, object);
  rule.permissions = read_permissions (reader, object, cls);
  if (sources == NULL || targets == NULL || cls < 0)
    return;
  rule.cls = (guint)cls;
  rule.sources = g_steal_pointer (&sources);
  rule.targets = g_steal_pointer (&targets);
  g_array_append_val (rules, rule);
}

static void
read_rules (Sets *sets, JsonObject *te, const char *member, GArray *rules)
{
  gsize where = dmc_policy_reader_enter_member (sets->reader, member);
  JsonArray *array = NULL;

  if (json_object_has_member (te, member))
    array = dmc_policy_reader_array (sets->reader, json_object_get_member (te, member));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (sets->reader, i);

    read_rule (sets, json_array_get_element (array, i), rules);
    dmc_policy_reader_leave (sets->reader, inner);
  }
  dmc_policy_reader_leave (sets->reader, where);
}

void
dmc_policy_read_te (DmcPolicyReader *self, JsonObject *te)
{
  static const char *const known[] = { "types", "attributes", "allow", "neverallow", "description", NULL };
  g_autoptr (GHashTable) resolved
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  g_autoptr (GArray) nevers = g_array_new (FALSE, FALSE, sizeof (DmcPolicyRule));
  Sets sets = { .reader = self, .sets = resolved, .open = open };

  dmc_policy_reader_check_members (self, te, known);
  dmc_policy_reader_declare (self, te, "types", self->document->types, "type", POL_MAX_TYPES);
  read_attributes (&sets, te);
  read_rules (&sets, te, "allow", self->document->rules);
  g_array_set_clear_func (nevers, (GDestroyNotify)dmc_policy_rule_clear);
  read_rules (&sets, te, "neverallow", nevers);
  dmc_policy_check_never (self, nevers);
}

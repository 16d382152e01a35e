/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/document-private.h"

#include "policy/model.h"

void
dmc_policy_rule_clear (DmcPolicyRule *rule)
{
  g_array_unref (rule->sources);
  g_array_unref (rule->targets);
}

static DmcPolicyDocument *
document_alloc (JsonNode *node)
{
  DmcPolicyDocument *self = g_new0 (DmcPolicyDocument, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->node = json_node_copy (node);
  self->enforcing = TRUE;
  self->types = dmc_policy_names_new ();
  self->levels = dmc_policy_names_new ();
  self->categories = dmc_policy_names_new ();
  self->integrity = dmc_policy_names_new ();
  self->datasets = dmc_policy_names_new ();
  self->subjects = dmc_policy_names_new ();
  self->objects = dmc_policy_names_new ();
  self->rules = g_array_new (FALSE, FALSE, sizeof (DmcPolicyRule));
  g_array_set_clear_func (self->rules, (GDestroyNotify)dmc_policy_rule_clear);
  self->subject_labels = g_array_new (FALSE, FALSE, sizeof (struct pol_subject));
  self->object_labels = g_array_new (FALSE, FALSE, sizeof (struct pol_object));
  self->process_budgets = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->conflict_classes = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  return self;
}

DmcPolicyDocument *
dmc_policy_document_ref (DmcPolicyDocument *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
dmc_policy_document_unref (DmcPolicyDocument *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  json_node_unref (self->node);
  g_free (self->sha256);
  dmc_policy_names_free (self->types);
  dmc_policy_names_free (self->levels);
  dmc_policy_names_free (self->categories);
  dmc_policy_names_free (self->integrity);
  dmc_policy_names_free (self->datasets);
  dmc_policy_names_free (self->subjects);
  dmc_policy_names_free (self->objects);
  g_array_unref (self->rules);
  g_array_unref (self->subject_labels);
  g_array_unref (self->object_labels);
  g_ptr_array_unref (self->conflict_classes);
  g_array_unref (self->process_budgets);
  g_clear_pointer (&self->contexts, dmc_policy_contexts_free);
  g_free (self->memory);
  g_free (self);
}

static void
read_format (DmcPolicyReader *self, JsonObject *root)
{
  JsonNode *node = json_object_get_member (root, "format");
  gsize where = dmc_policy_reader_enter_member (self, "format");

  if (node == NULL)
    dmc_policy_reader_error (self, "The document does not say its format; this is format 1.");
  else if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64
           || json_node_get_int (node) != 1)
    dmc_policy_reader_error (self, "Only format 1 is known.");
  dmc_policy_reader_leave (self, where);
}

static void
read_enforcing (DmcPolicyReader *self, JsonObject *root)
{
  JsonNode *node = json_object_get_member (root, "enforcing");
  gsize where = dmc_policy_reader_enter_member (self, "enforcing");

  if (node == NULL)
    ;
  else if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    dmc_policy_reader_error (self, "This must be true or false.");
  else
    self->document->enforcing = json_node_get_boolean (node);
  dmc_policy_reader_leave (self, where);
}

static int
find_model (const char *name)
{
  for (int i = 0; i < POL_N_MODELS; i++)
    if (g_str_equal (pol_models[i]->name, name))
      return i;
  return -1;
}

static void
read_models (DmcPolicyReader *self, JsonObject *root)
{
  gsize where = dmc_policy_reader_enter_member (self, "models");
  JsonArray *array = NULL;

  if (!json_object_has_member (root, "models"))
    dmc_policy_reader_error (self, "The document does not say which models are active.");
  else
    array = dmc_policy_reader_array (self, json_object_get_member (root, "models"));
  if (array != NULL && json_array_get_length (array) == 0)
    dmc_policy_reader_warning (self, "No model is active, so everything is denied.");
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);
    const char *name = dmc_policy_reader_string (self, json_array_get_element (array, i));
    int model = name != NULL ? find_model (name) : -1;

    if (name != NULL && model < 0)
      dmc_policy_reader_error (self, "There is no model “%s”.", name);
    else if (model >= 0 && self->document->models & POL_BIT (model))
      dmc_policy_reader_error (self, "The model “%s” is named twice.", name);
    else if (model >= 0)
      self->document->models |= POL_BIT (model);
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
}

typedef struct {
  const char *member;
  int model; /* which needs it; ALWAYS, or NEVER needed */
  void (*read) (DmcPolicyReader *self, JsonObject *object);
} Section;

enum { ALWAYS = -1, NEVER = -2 };

/* Labels use the names that the models declare, and budgets those of the labels. */
static const Section sections[] = {
  { "te", POL_MODEL_TE, dmc_policy_read_te },
  { "blp", POL_MODEL_BLP, dmc_policy_read_blp },
  { "biba", POL_MODEL_BIBA, dmc_policy_read_biba },
  { "chinese_wall", POL_MODEL_CHINESE_WALL, dmc_policy_read_chinese_wall },
  { "labels", ALWAYS, dmc_policy_read_labels },
  { "guard", POL_MODEL_GUARD, dmc_policy_read_guard },
  { "contexts", NEVER, dmc_policy_read_contexts },
};

static void
read_section (DmcPolicyReader *self, JsonObject *root, const Section *section)
{
  gsize where = dmc_policy_reader_enter_member (self, section->member);

  if (json_object_has_member (root, section->member)) {
    JsonObject *object
        = dmc_policy_reader_object (self, json_object_get_member (root, section->member));

    if (object != NULL)
      section->read (self, object);
  } else if (section->model == ALWAYS) {
    dmc_policy_reader_error (self, "The document has no “%s”.", section->member);
  } else if (section->model >= 0 && self->document->models & POL_BIT (section->model)) {
    dmc_policy_reader_error (self, "The model “%s” is active, but has no member “%s”.",
                             pol_models[section->model]->name, section->member);
  }
  dmc_policy_reader_leave (self, where);
}

static void
read_document (DmcPolicyReader *self, JsonNode *node)
{
  static const char *const known[]
      = { "$schema", "description", "format",       "enforcing", "models", "te",
          "blp",     "biba",        "chinese_wall", "guard",     "labels", "contexts", NULL };
  JsonObject *root = dmc_policy_reader_object (self, node);

  if (root == NULL)
    return;
  dmc_policy_reader_check_members (self, root, known);
  read_format (self, root);
  read_enforcing (self, root);
  read_models (self, root);
  for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
    read_section (self, root, &sections[i]);
}

DmcPolicyDocument *
dmc_policy_document_new (JsonNode *node, GPtrArray *problems)
{
  g_autoptr (DmcPolicyDocument) self = document_alloc (node);
  g_autoptr (GString) path = g_string_new (NULL);
  DmcPolicyReader reader = { .document = self, .problems = problems, .path = path };
  g_autofree char *text = NULL;

  read_document (&reader, self->node);
  if (!dmc_policy_problems_have_error (problems))
    dmc_policy_compile (&reader);
  if (dmc_policy_problems_have_error (problems))
    return NULL;
  text = dmc_policy_canonical_text (self->node);
  self->sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  return g_steal_pointer (&self);
}

JsonNode *
dmc_policy_document_get_node (const DmcPolicyDocument *self)
{
  return self->node;
}

const char *
dmc_policy_document_get_sha256 (const DmcPolicyDocument *self)
{
  return self->sha256;
}

gboolean
dmc_policy_document_get_enforcing (const DmcPolicyDocument *self)
{
  return self->enforcing;
}

const struct pol_image *
dmc_policy_document_get_image (const DmcPolicyDocument *self)
{
  return &self->image;
}

const DmcPolicyNames *
dmc_policy_document_get_subjects (const DmcPolicyDocument *self)
{
  return self->subjects;
}

const char *
dmc_policy_document_get_subject_type (const DmcPolicyDocument *self, guint subject)
{
  guint16 type = g_array_index (self->subject_labels, struct pol_subject, subject).type;

  return type != POL_NONE ? dmc_policy_names_get (self->types, type) : "";
}

const DmcPolicyNames *
dmc_policy_document_get_objects (const DmcPolicyDocument *self)
{
  return self->objects;
}

gboolean
dmc_policy_document_get_budget (const DmcPolicyDocument *self, const char *subject, DmcPolicyBudget *budget)
{
  int id = dmc_policy_names_find (self->subjects, subject);
  const guint32 *image;

  *budget = (DmcPolicyBudget){ POL_UNLIMITED, POL_UNLIMITED, POL_UNLIMITED, POL_UNLIMITED };
  if (id < 0 || !(self->models & POL_BIT (POL_MODEL_GUARD)))
    return FALSE;
  image = self->image.subjects[id].budget;
  budget->memory_kib = image[POL_RESOURCE_MEMORY];
  budget->cpu_percent = image[POL_RESOURCE_CPU];
  budget->energy_mw = image[POL_RESOURCE_ENERGY];
  if ((guint)id < self->process_budgets->len)
    budget->processes = g_array_index (self->process_budgets, guint32, id);
  return budget->memory_kib != POL_UNLIMITED || budget->cpu_percent != POL_UNLIMITED || budget->energy_mw != POL_UNLIMITED
         || budget->processes != POL_UNLIMITED;
}

const DmcPolicyContexts *
dmc_policy_document_get_contexts (const DmcPolicyDocument *self)
{
  return self->contexts;
}

int
dmc_policy_class_find (const char *name)
{
  for (int i = 0; i < POL_N_CLASSES; i++)
    if (g_str_equal (pol_classes[i].name, name))
      return i;
  return -1;
}

int
dmc_policy_permission_find (guint cls, const char *name)
{
  for (guint i = 0; i < pol_classes[cls].n_permissions; i++)
    if (g_str_equal (pol_classes[cls].permissions[i].name, name))
      return (int)i;
  return -1;
}

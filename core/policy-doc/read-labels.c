/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members "labels" and "guard": what subjects and objects are, and what subjects may spend. */
#include "policy-doc/document-private.h"

static int
find_member (DmcPolicyReader *self,
             JsonObject *label,
             const char *member,
             const DmcPolicyNames *names,
             const char *what)
{
  gsize where;
  int id;

  if (!json_object_has_member (label, member))
    return -1;
  where = dmc_policy_reader_enter_member (self, member);
  id = dmc_policy_reader_find (self, json_object_get_member (label, member), names, what);
  dmc_policy_reader_leave (self, where);
  return id;
}

static guint16
read_type (DmcPolicyReader *self, JsonObject *label)
{
  int type = find_member (self, label, "type", self->document->types, "type");

  if (type < 0 && !json_object_has_member (label, "type")
      && self->document->models & POL_BIT (POL_MODEL_TE))
    dmc_policy_reader_warning (self, "Without a type no rule allows anything here.");
  return type < 0 ? POL_NONE : (guint16)type;
}

/* What is left out is the lowest. */
static guint16
read_level (DmcPolicyReader *self,
            JsonObject *label,
            const char *member,
            const DmcPolicyNames *levels,
            const char *what)
{
  int level = find_member (self, label, member, levels, what);

  return level < 0 ? 0 : (guint16)level;
}

static guint64
read_categories (DmcPolicyReader *self, JsonObject *label)
{
  guint64 categories = 0;
  JsonArray *array;
  gsize where;

  if (!json_object_has_member (label, "categories"))
    return 0;
  where = dmc_policy_reader_enter_member (self, "categories");
  array = dmc_policy_reader_array (self, json_object_get_member (label, "categories"));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);
    int id = dmc_policy_reader_find (self, json_array_get_element (array, i),
                                     self->document->categories, "category");

    if (id >= 0 && categories & (G_GUINT64_CONSTANT (1) << id))
      dmc_policy_reader_warning (self, "The category is named twice.");
    if (id >= 0)
      categories |= G_GUINT64_CONSTANT (1) << id;
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
  return categories;
}

/* Reads both bounds into @bounds; FALSE with a problem told. */
static gboolean
read_bounds (DmcPolicyReader *self, JsonArray *array, int bounds[2])
{
  if (array == NULL)
    return FALSE;
  if (json_array_get_length (array) != 2) {
    dmc_policy_reader_error (self, "A range has two levels: the lower and the upper bound.");
    return FALSE;
  }
  for (guint i = 0; i < 2; i++) {
    gsize where = dmc_policy_reader_enter_element (self, i);

    bounds[i] = dmc_policy_reader_find (self, json_array_get_element (array, i),
                                        self->document->levels, "level");
    dmc_policy_reader_leave (self, where);
  }
  return bounds[0] >= 0 && bounds[1] >= 0;
}

static void
read_level_range (DmcPolicyReader *self, JsonObject *label, struct pol_subject *subject)
{
  gboolean has_level = json_object_has_member (label, "level");
  guint16 level = subject->read_level;
  int bounds[2] = { -1, -1 };
  gsize where;

  if (!json_object_has_member (label, "level_range"))
    return;
  where = dmc_policy_reader_enter_member (self, "level_range");
  if (read_bounds (self,
                   dmc_policy_reader_array (self, json_object_get_member (label, "level_range")),
                   bounds)) {
    if (bounds[0] > bounds[1])
      dmc_policy_reader_error (self, "The range is upside down: the lower bound comes first.");
    else if (has_level && (level < bounds[0] || level > bounds[1]))
      dmc_policy_reader_error (self, "The level is outside the range.");
    else if (has_level)
      dmc_policy_reader_warning (self, "With a range the level has no effect.");
    subject->write_level = (guint16)bounds[0];
    subject->read_level = (guint16)bounds[1];
  }
  dmc_policy_reader_leave (self, where);
}

static gboolean
read_outside_wall (DmcPolicyReader *self, JsonObject *label)
{
  JsonNode *node = json_object_get_member (label, "outside_wall");
  gsize where;

  if (node == NULL)
    return FALSE;
  where = dmc_policy_reader_enter_member (self, "outside_wall");
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN) {
    dmc_policy_reader_error (self, "This must be true or false.");
    node = NULL;
  }
  dmc_policy_reader_leave (self, where);
  return node != NULL && json_node_get_boolean (node);
}

static void
read_subject (DmcPolicyReader *self, JsonObject *label)
{
  static const char *const known[]
      = { "type", "level", "level_range", "categories", "integrity", "outside_wall", "description", NULL };
  DmcPolicyDocument *document = self->document;
  struct pol_subject subject = { 0 };

  dmc_policy_reader_check_members (self, label, known);
  subject.type = read_type (self, label);
  subject.read_level = read_level (self, label, "level", document->levels, "level");
  subject.write_level = subject.read_level;
  read_level_range (self, label, &subject);
  subject.categories = read_categories (self, label);
  subject.integrity = read_level (self, label, "integrity", document->integrity, "integrity level");
  if (read_outside_wall (self, label))
    subject.flags |= POL_SUBJECT_UNWALLED;
  for (guint i = 0; i < POL_N_RESOURCES; i++)
    subject.budget[i] = POL_UNLIMITED;
  g_array_append_val (document->subject_labels, subject);
}

static void
read_object (DmcPolicyReader *self, JsonObject *label)
{
  static const char *const known[]
      = { "type", "level", "categories", "integrity", "dataset", "outside_wall", "description", NULL };
  DmcPolicyDocument *document = self->document;
  struct pol_object object = { 0 };
  int dataset;

  dmc_policy_reader_check_members (self, label, known);
  object.type = read_type (self, label);
  object.level = read_level (self, label, "level", document->levels, "level");
  object.categories = read_categories (self, label);
  object.integrity = read_level (self, label, "integrity", document->integrity, "integrity level");
  dataset
      = find_member (self, label, "dataset", document->datasets, "dataset in any conflict class:");
  object.dataset = dataset < 0 ? POL_NONE : (guint16)dataset;
  if (read_outside_wall (self, label)) {
    if (object.dataset != POL_NONE) {
      gsize where = dmc_policy_reader_enter_member (self, "outside_wall");

      dmc_policy_reader_error (self, "What is in a dataset cannot be outside the wall.");
      dmc_policy_reader_leave (self, where);
    }
    object.dataset = POL_UNWALLED;
  }
  g_array_append_val (document->object_labels, object);
}

static void
read_label_set (DmcPolicyReader *self,
                JsonObject *labels,
                const char *member,
                DmcPolicyNames *names,
                void (*read_label) (DmcPolicyReader *self, JsonObject *label))
{
  gsize where = dmc_policy_reader_enter_member (self, member);
  JsonObject *set = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (json_object_has_member (labels, member))
    set = dmc_policy_reader_object (self, json_object_get_member (labels, member));
  if (set != NULL && json_object_get_size (set) > POL_MAX_LABELS) {
    dmc_policy_reader_error (self, "There can be at most %d labels.", POL_MAX_LABELS);
    set = NULL;
  }
  if (set != NULL) {
    json_object_iter_init_ordered (&iter, set);
    while (json_object_iter_next_ordered (&iter, &name, &node)) {
      gsize inner = dmc_policy_reader_enter_member (self, name);
      JsonObject *label = dmc_policy_reader_object (self, node);

      if (label != NULL && *name == '\0')
        dmc_policy_reader_error (self, "A label has a name.");
      else if (label != NULL && dmc_policy_names_add (names, name) >= 0)
        read_label (self, label);
      dmc_policy_reader_leave (self, inner);
    }
  }
  dmc_policy_reader_leave (self, where);
}

void
dmc_policy_read_labels (DmcPolicyReader *self, JsonObject *labels)
{
  static const char *const known[] = { "subjects", "objects", "description", NULL };

  dmc_policy_reader_check_members (self, labels, known);
  read_label_set (self, labels, "subjects", self->document->subjects, read_subject);
  read_label_set (self, labels, "objects", self->document->objects, read_object);
}

/* The last is metered on hosts alone, and not part of the image. */
enum { BUDGET_PROCESSES = POL_N_RESOURCES, N_BUDGETS };

static const char *const budget_members[N_BUDGETS + 1] = {
  [POL_RESOURCE_MEMORY] = "memory_kib",       [POL_RESOURCE_CPU] = "cpu_percent",
  [POL_RESOURCE_ENERGY] = "energy_mw",        [POL_RESOURCE_EVENTS] = "events_per_s",
  [POL_RESOURCE_CHANNELS] = "event_channels", [POL_RESOURCE_CONSOLE] = "console_bytes_per_s",
  [POL_RESOURCE_PAGING] = "page_updates_per_s", [POL_RESOURCE_GRANTS] = "grants_per_s",
  [BUDGET_PROCESSES] = "processes", NULL,
};

/* Sets what @node names and leaves the rest of @budget alone. */
static void
read_budget (DmcPolicyReader *self, JsonNode *node, guint32 budget[N_BUDGETS])
{
  JsonObject *object = dmc_policy_reader_object (self, node);

  if (object == NULL)
    return;
  dmc_policy_reader_check_members (self, object, budget_members);
  for (guint i = 0; i < N_BUDGETS; i++) {
    JsonNode *value = json_object_get_member (object, budget_members[i]);
    gsize where;

    if (value == NULL)
      continue;
    where = dmc_policy_reader_enter_member (self, budget_members[i]);
    if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_INT64)
      dmc_policy_reader_error (self, "This must be a whole number.");
    else if (json_node_get_int (value) < 0 || json_node_get_int (value) >= POL_UNLIMITED)
      dmc_policy_reader_error (self, "This must be from 0 to %u.", POL_UNLIMITED - 1);
    else
      budget[i] = (guint32)json_node_get_int (value);
    dmc_policy_reader_leave (self, where);
  }
}

static void
read_one_budget (DmcPolicyReader *self, JsonNode *node, guint subject)
{
  guint32 *image = g_array_index (self->document->subject_labels, struct pol_subject, subject).budget;
  guint32 *processes = &g_array_index (self->document->process_budgets, guint32, subject);
  guint32 budget[N_BUDGETS];

  memcpy (budget, image, POL_N_RESOURCES * sizeof *budget);
  budget[BUDGET_PROCESSES] = *processes;
  read_budget (self, node, budget);
  memcpy (image, budget, POL_N_RESOURCES * sizeof *budget);
  *processes = budget[BUDGET_PROCESSES];
}

static void
read_subject_budgets (DmcPolicyReader *self, JsonObject *subjects)
{
  DmcPolicyDocument *document = self->document;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, subjects);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    gsize where = dmc_policy_reader_enter_member (self, name);
    int id = dmc_policy_names_find (document->subjects, name);

    if (id < 0)
      dmc_policy_reader_error (self, "There is no subject “%s”.", name);
    else if ((guint)id < document->subject_labels->len)
      read_one_budget (self, node, (guint)id);
    dmc_policy_reader_leave (self, where);
  }
}

void
dmc_policy_read_guard (DmcPolicyReader *self, JsonObject *guard)
{
  static const char *const known[] = { "defaults", "subjects", "description", NULL };
  GArray *labels = self->document->subject_labels;
  guint32 defaults[N_BUDGETS];
  gsize where;

  dmc_policy_reader_check_members (self, guard, known);
  for (guint i = 0; i < N_BUDGETS; i++)
    defaults[i] = POL_UNLIMITED;
  where = dmc_policy_reader_enter_member (self, "defaults");
  if (json_object_has_member (guard, "defaults"))
    read_budget (self, json_object_get_member (guard, "defaults"), defaults);
  dmc_policy_reader_leave (self, where);
  for (guint i = 0; i < labels->len; i++)
    memcpy (g_array_index (labels, struct pol_subject, i).budget, defaults, POL_N_RESOURCES * sizeof *defaults);
  for (guint i = 0; i < labels->len; i++)
    g_array_append_val (self->document->process_budgets, defaults[BUDGET_PROCESSES]);

  where = dmc_policy_reader_enter_member (self, "subjects");
  if (json_object_has_member (guard, "subjects")) {
    JsonObject *subjects
        = dmc_policy_reader_object (self, json_object_get_member (guard, "subjects"));

    if (subjects != NULL)
      read_subject_budgets (self, subjects);
  }
  dmc_policy_reader_leave (self, where);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/document-private.h"
#include "policy-doc/rule-table.h"

/* How many pairs of types the rules may name before they are merged: a bound on the work, not on a
 * policy that someone wrote by hand. */
#define MAX_PAIRS 1000000
/* What a table of %POL_MAX_RULES slots holds. */
#define MAX_RULES (POL_MAX_RULES / 17 * 16 - 16)

/* FALSE once there is no more room. */
static gboolean
merge_rule (const DmcPolicyRule *rule, GHashTable *merged)
{
  for (guint s = 0; s < rule->sources->len; s++) {
    for (guint t = 0; t < rule->targets->len; t++) {
      gpointer key
          = GUINT_TO_POINTER (pol_rule_key (g_array_index (rule->sources, guint16, s),
                                            g_array_index (rule->targets, guint16, t), rule->cls));
      guint before = GPOINTER_TO_UINT (g_hash_table_lookup (merged, key));

      g_hash_table_insert (merged, key, GUINT_TO_POINTER (before | rule->permissions));
    }
    if (g_hash_table_size (merged) >= MAX_RULES)
      return FALSE;
  }
  return TRUE;
}

/* All rules as one table from pol_rule_key() to permissions: (transfer full) (nullable) with a
 * problem told */
static GHashTable *
merge_rules (DmcPolicyReader *self)
{
  g_autoptr (GHashTable) merged = g_hash_table_new (NULL, NULL);
  GArray *rules = self->document->rules;
  guint64 pairs = 0;

  for (guint i = 0; i < rules->len; i++) {
    const DmcPolicyRule *rule = &g_array_index (rules, DmcPolicyRule, i);

    pairs += (guint64)rule->sources->len * rule->targets->len;
    if (rule->permissions == 0)
      continue;
    if (pairs > MAX_PAIRS || !merge_rule (rule, merged)) {
      g_string_printf (self->path, "te.allow[%u]", i);
      dmc_policy_reader_error (self,
                               "With this rule the policy names more pairs of types than fit.");
      return NULL;
    }
  }
  return g_steal_pointer (&merged);
}

static int
compare_rules (gconstpointer a, gconstpointer b)
{
  const struct pol_rule *left = a, *right = b;

  return left->key < right->key ? -1 : left->key > right->key;
}

/* In an order of their own, so that the same document makes the same image. */
static GArray *
sorted_rules (GHashTable *merged)
{
  GArray *rules = g_array_new (FALSE, FALSE, sizeof (struct pol_rule));
  GHashTableIter iter;
  gpointer key, permissions;

  g_hash_table_iter_init (&iter, merged);
  while (g_hash_table_iter_next (&iter, &key, &permissions)) {
    struct pol_rule rule = { GPOINTER_TO_UINT (key), GPOINTER_TO_UINT (permissions) };

    g_array_append_val (rules, rule);
  }
  g_array_sort (rules, compare_rules);
  return rules;
}

static gboolean
fill_rules (struct pol_header *header, guint8 *memory, const GArray *rules)
{
  struct pol_rule *slots = (struct pol_rule *)(gpointer)(memory + header->rules.offset);
  guint16 *buckets = (guint16 *)(gpointer)(memory + header->buckets.offset);
  g_autofree guint32 *scratch = g_new (guint32, dmc_rule_table_scratch (rules->len));

  for (header->seed = 0; header->seed < DMC_RULE_TABLE_SEEDS; header->seed++) {
    if (dmc_rule_table_build ((const struct pol_rule *)(gpointer)rules->data, rules->len,
                              header->seed, slots, buckets, scratch))
      return TRUE;
    memset (slots, 0, header->rules.count * sizeof *slots);
  }
  return FALSE;
}

/* The FNV-1a hash of each name: what stands in an image for a name that must outlive it. */
static gboolean
fill_name_ids (DmcPolicyReader *self, const char *where, guint32 *ids, const DmcPolicyNames *names)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < dmc_policy_names_count (names); i++) {
    const char *name = dmc_policy_names_get (names, i);
    guint32 id = 2166136261u;

    for (const char *p = name; *p != '\0'; p++)
      id = (id ^ (guint8)*p) * 16777619u;
    ids[i] = id;
    if (id == POL_NO_NAME || !g_hash_table_add (seen, GUINT_TO_POINTER (id))) {
      g_string_assign (self->path, where);
      dmc_policy_reader_error (
          self, "The name “%s” is too much like another's to be told apart: choose another.", name);
      return FALSE;
    }
  }
  return TRUE;
}

static void
fill_conflicts (guint32 *conflicts, guint words, GPtrArray *classes)
{
  for (guint c = 0; c < classes->len; c++) {
    const GArray *datasets = g_ptr_array_index (classes, c);

    for (guint i = 0; i < datasets->len; i++) {
      for (guint j = 0; j < datasets->len; j++) {
        guint a = g_array_index (datasets, guint16, i);
        guint b = g_array_index (datasets, guint16, j);

        if (a != b)
          conflicts[a * words + b / 32] |= POL_BIT (b % 32);
      }
    }
  }
}

/* The next section of @header, whose size grows by it. */
static struct pol_section
add_section (struct pol_header *header, guint count, gsize element)
{
  struct pol_section section = { .offset = header->size, .count = count };

  header->size = (guint32)((header->size + count * element + 7) & ~(gsize)7);
  return section;
}

static struct pol_header
lay_out (const DmcPolicyDocument *document, guint n_rules)
{
  guint n_datasets = dmc_policy_names_count (document->datasets);
  struct pol_header header = {
    .magic = POL_IMAGE_MAGIC,
    .format = POL_IMAGE_FORMAT,
    .size = sizeof header,
    .models = document->models,
    .flags = (document->enforcing ? POL_IMAGE_ENFORCING : 0)
             | (document->low_water_mark ? POL_IMAGE_LOW_WATER_MARK : 0),
    .n_types = (guint16)dmc_policy_names_count (document->types),
    .n_levels = (guint16)dmc_policy_names_count (document->levels),
    .n_categories = (guint16)dmc_policy_names_count (document->categories),
    .n_integrity = (guint16)dmc_policy_names_count (document->integrity),
    .n_datasets = (guint16)n_datasets,
  };

  header.buckets = add_section (&header, dmc_rule_table_buckets (n_rules), sizeof (guint16));
  header.rules = add_section (&header, dmc_rule_table_slots (n_rules), sizeof (struct pol_rule));
  header.subjects
      = add_section (&header, document->subject_labels->len, sizeof (struct pol_subject));
  header.objects = add_section (&header, document->object_labels->len, sizeof (struct pol_object));
  header.conflicts
      = add_section (&header, pol_bitset_words (n_datasets) * n_datasets, sizeof (guint32));
  header.datasets = add_section (&header, n_datasets, sizeof (guint32));
  header.integrity = add_section (&header, header.n_integrity, sizeof (guint32));
  return header;
}

static void
copy_array (guint8 *to, const GArray *array)
{
  if (array->len > 0)
    memcpy (to, array->data, (gsize)array->len * g_array_get_element_size ((GArray *)array));
}

void
dmc_policy_compile (DmcPolicyReader *self)
{
  DmcPolicyDocument *document = self->document;
  g_autoptr (GHashTable) merged = merge_rules (self);
  g_autoptr (GArray) rules = NULL;
  struct pol_header header;
  guint8 *memory;

  if (merged == NULL)
    return;
  rules = sorted_rules (merged);
  header = lay_out (document, rules->len);
  memory = document->memory = g_malloc0 (header.size);
  if (!fill_rules (&header, memory, rules)) {
    g_string_assign (self->path, "te.allow");
    dmc_policy_reader_error (self, "These rules cannot be arranged: add or remove a type.");
    return;
  }
  if (!fill_name_ids (self, "chinese_wall.classes",
                      (guint32 *)(gpointer)(memory + header.datasets.offset), document->datasets)
      || !fill_name_ids (self, "biba.levels",
                         (guint32 *)(gpointer)(memory + header.integrity.offset),
                         document->integrity))
    return;
  memcpy (memory, &header, sizeof header);
  copy_array (memory + header.subjects.offset, document->subject_labels);
  copy_array (memory + header.objects.offset, document->object_labels);
  fill_conflicts ((guint32 *)(gpointer)(memory + header.conflicts.offset),
                  pol_bitset_words (header.n_datasets), document->conflict_classes);
  /* The same check that guards against images from elsewhere keeps this compiler honest. */
  if (!pol_image_open (&document->image, memory, header.size))
    dmc_policy_reader_error (self, "The compiled policy does not pass its own check.");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/document-private.h"

/* How many pairs of types the rules may name before they are merged: a bound on the work, not on a
 * policy that someone wrote by hand. */
#define MAX_PAIRS 1000000

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
    if (g_hash_table_size (merged) >= POL_MAX_RULES / 5 * 4)
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

static void
fill_rules (struct pol_rule *slots, guint n_slots, GHashTable *merged)
{
  GHashTableIter iter;
  gpointer key, permissions;

  g_hash_table_iter_init (&iter, merged);
  while (g_hash_table_iter_next (&iter, &key, &permissions)) {
    guint slot = pol_rule_slot (GPOINTER_TO_UINT (key), n_slots);

    while (slots[slot].permissions != 0)
      slot = slot + 1 == n_slots ? 0 : slot + 1;
    slots[slot].key = GPOINTER_TO_UINT (key);
    slots[slot].permissions = GPOINTER_TO_UINT (permissions);
  }
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

  /* One slot in five stays free, so that a search for what is not there is short. */
  header.rules = add_section (&header, n_rules == 0 ? 0 : n_rules + n_rules / 4 + 1,
                              sizeof (struct pol_rule));
  header.subjects
      = add_section (&header, document->subject_labels->len, sizeof (struct pol_subject));
  header.objects = add_section (&header, document->object_labels->len, sizeof (struct pol_object));
  header.conflicts
      = add_section (&header, pol_bitset_words (n_datasets) * n_datasets, sizeof (guint32));
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
  struct pol_header header;
  guint8 *memory;

  if (merged == NULL)
    return;
  header = lay_out (document, g_hash_table_size (merged));
  memory = g_malloc0 (header.size);
  memcpy (memory, &header, sizeof header);
  fill_rules ((struct pol_rule *)(gpointer)(memory + header.rules.offset), header.rules.count,
              merged);
  copy_array (memory + header.subjects.offset, document->subject_labels);
  copy_array (memory + header.objects.offset, document->object_labels);
  fill_conflicts ((guint32 *)(gpointer)(memory + header.conflicts.offset),
                  pol_bitset_words (header.n_datasets), document->conflict_classes);
  document->memory = memory;
  /* The same check that guards against images from elsewhere keeps this compiler honest. */
  if (!pol_image_open (&document->image, memory, header.size))
    dmc_policy_reader_error (self, "The compiled policy does not pass its own check.");
}

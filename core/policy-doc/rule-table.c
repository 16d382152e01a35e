/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hash, displace, and compress: the fullest buckets choose their displacement first, while there is
 * much room; one rule alone finds the last free slot. */
#include "policy-doc/rule-table.h"

typedef struct {
  const struct pol_rule *rules;
  uint32_t n_rules, n_slots, n_buckets, seed;
  struct pol_rule *slots;
  uint16_t *buckets;
  uint32_t *starts; /* where each bucket begins in @order; one more, where the last ends */
  uint32_t *order;  /* the rules, bucket by bucket */
} Table;

static uint32_t
hash_of (const Table *table, uint32_t rule)
{
  return pol_rule_hash (table->rules[rule].key, table->seed);
}

/* A counting sort. */
static void
sort_into_buckets (Table *table)
{
  uint32_t n = table->n_buckets;

  for (uint32_t i = 0; i <= n; i++)
    table->starts[i] = 0;
  for (uint32_t i = 0; i < table->n_rules; i++)
    table->starts[pol_rule_bucket (hash_of (table, i), n)]++;
  for (uint32_t i = 0, sum = 0; i <= n; i++)
    table->starts[i] = sum += table->starts[i];
  /* Each start stands at its bucket's end now, and goes back to the beginning rule by rule. */
  for (uint32_t i = 0; i < table->n_rules; i++)
    table->order[--table->starts[pol_rule_bucket (hash_of (table, i), n)]] = i;
}

/* Takes back the first @n_placed rules of a bucket. */
static void
unplace (Table *table, uint32_t bucket, uint32_t displacement, uint32_t n_placed)
{
  const uint32_t *members = table->order + table->starts[bucket];

  for (uint32_t i = 0; i < n_placed; i++)
    table->slots[pol_rule_slot (hash_of (table, members[i]), displacement, table->n_slots)]
        = (struct pol_rule){ 0 };
}

static bool
place (Table *table, uint32_t bucket, uint32_t displacement)
{
  const uint32_t *members = table->order + table->starts[bucket];
  uint32_t n = table->starts[bucket + 1] - table->starts[bucket];

  for (uint32_t i = 0; i < n; i++) {
    uint32_t slot = pol_rule_slot (hash_of (table, members[i]), displacement, table->n_slots);

    if (table->slots[slot].permissions != 0) {
      unplace (table, bucket, displacement, i);
      return false;
    }
    table->slots[slot] = table->rules[members[i]];
  }
  table->buckets[bucket] = (uint16_t)displacement;
  return true;
}

static bool
place_somewhere (Table *table, uint32_t bucket)
{
  for (uint32_t displacement = 0; displacement <= UINT16_MAX; displacement++)
    if (place (table, bucket, displacement))
      return true;
  return false;
}

/* The size of the fullest bucket below @limit. */
static uint32_t
next_size (const Table *table, uint32_t limit)
{
  uint32_t most = 0;

  for (uint32_t i = 0; i < table->n_buckets; i++) {
    uint32_t size = table->starts[i + 1] - table->starts[i];

    if (size < limit && size > most)
      most = size;
  }
  return most;
}

bool
dmc_rule_table_build (const struct pol_rule *rules,
                      uint32_t n_rules,
                      uint32_t seed,
                      struct pol_rule *slots,
                      uint16_t *buckets,
                      uint32_t *scratch)
{
  Table table = {
    .rules = rules,
    .n_rules = n_rules,
    .n_slots = dmc_rule_table_slots (n_rules),
    .n_buckets = dmc_rule_table_buckets (n_rules),
    .seed = seed,
    .slots = slots,
    .buckets = buckets,
    .starts = scratch,
    .order = scratch + dmc_rule_table_buckets (n_rules) + 1,
  };

  sort_into_buckets (&table);
  for (uint32_t i = 0; i < table.n_buckets; i++)
    buckets[i] = 0;
  for (uint32_t size = next_size (&table, UINT32_MAX); size > 0; size = next_size (&table, size))
    for (uint32_t i = 0; i < table.n_buckets; i++)
      if (table.starts[i + 1] - table.starts[i] == size && !place_somewhere (&table, i))
        return false;
  return true;
}

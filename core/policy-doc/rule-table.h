/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arranges the rules of an image as the perfect hash that core/policy searches. It uses no library,
 * so that a guest without one can make policies, too. */
#pragma once

#include "policy/image.h"

/* With another seed rules that cannot be arranged can be; who tries as many has had bad luck beyond
 * reason, or a document made for that. */
#define DMC_RULE_TABLE_SEEDS 16

/* A table one part in sixteen larger than what it holds leaves every bucket somewhere to go. */
static inline uint32_t
dmc_rule_table_slots (uint32_t n_rules)
{
  return n_rules == 0 ? 0 : n_rules + n_rules / 16 + 1;
}

static inline uint32_t
dmc_rule_table_buckets (uint32_t n_rules)
{
  return n_rules == 0 ? 0 : n_rules / 4 + 1;
}

/* 32-bit words of working memory. */
static inline uint32_t
dmc_rule_table_scratch (uint32_t n_rules)
{
  return n_rules + dmc_rule_table_buckets (n_rules) + 1;
}

/**
 * dmc_rule_table_build:
 * @rules: the rules: different keys, no empty permissions
 * @n_rules: how many
 * @seed: of the hash
 * @slots: (out): dmc_rule_table_slots() of them, zeroed
 * @buckets: (out): dmc_rule_table_buckets() of them
 * @scratch: dmc_rule_table_scratch() words
 *
 * Places every rule where pol_rule_slot() finds it.
 *
 * Returns: whether all of them found a place; if not, @slots are to be zeroed for another seed
 */
bool dmc_rule_table_build (const struct pol_rule *rules,
                           uint32_t n_rules,
                           uint32_t seed,
                           struct pol_rule *slots,
                           uint16_t *buckets,
                           uint32_t *scratch);

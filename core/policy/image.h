/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled policy: one relocatable block of native-endian structures that refer to each other by
 * index. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/classes.h"

#define POL_IMAGE_MAGIC  UINT32_C (0x4c4f5044) /* "DPOL" */
#define POL_IMAGE_FORMAT 1

/* Bounds that keep every index in its field: a rule's key holds 12 bits of type twice and 8 of
 * class. */
#define POL_MAX_TYPES      4095
#define POL_MAX_LEVELS     256
#define POL_MAX_CATEGORIES 64
#define POL_MAX_DATASETS   256
#define POL_MAX_LABELS     4096
#define POL_MAX_RULES      131072

#define POL_NONE      UINT16_MAX /* no type, no dataset */
#define POL_UNLIMITED UINT32_MAX /* a budget that is not set */

/* Also the order in which models are asked: the ones that keep state come last. */
enum pol_model_id {
  POL_MODEL_TE,
  POL_MODEL_BLP,
  POL_MODEL_BIBA,
  POL_MODEL_CHINESE_WALL,
  POL_MODEL_GUARD,
  POL_N_MODELS,
};

enum pol_image_flags {
  POL_IMAGE_ENFORCING = 1,
  POL_IMAGE_LOW_WATER_MARK = 2, /* Biba's other mode */
};

struct pol_section {
  uint32_t offset; /* from the start of the image, a multiple of 8 */
  uint32_t count;  /* elements */
};

struct pol_header {
  uint32_t magic;
  uint32_t format;
  uint32_t size;   /* of the whole image, bytes */
  uint32_t models; /* a bit for each active one */
  uint32_t flags;
  uint16_t n_types;
  uint16_t n_levels;
  uint16_t n_categories;
  uint16_t n_integrity;
  uint16_t n_datasets;
  uint16_t reserved;
  struct pol_section rules;    /* struct pol_rule: a hash table with at least one free slot */
  struct pol_section subjects; /* struct pol_subject */
  struct pol_section objects;  /* struct pol_object */
  struct pol_section
      conflicts; /* uint32_t: for each dataset a bit set of those it conflicts with */
};

/* A free slot has no permissions. */
struct pol_rule {
  uint32_t key; /* pol_rule_key() */
  uint32_t permissions;
};

struct pol_subject {
  uint64_t categories;
  uint16_t type;
  uint16_t read_level; /* equal to write_level but for a trusted subject */
  uint16_t write_level;
  uint16_t integrity;
  uint32_t budget[POL_N_RESOURCES];
  uint32_t reserved;
};

struct pol_object {
  uint64_t categories;
  uint16_t type;
  uint16_t level;
  uint16_t integrity;
  uint16_t dataset;
};

/* An image that was checked, and where its parts are. */
struct pol_image {
  const struct pol_header *header;
  const struct pol_rule *rules;
  const struct pol_subject *subjects;
  const struct pol_object *objects;
  const uint32_t *conflicts;
  uint32_t dataset_words; /* words of a bit set of datasets */
};

static inline uint32_t
pol_rule_key (uint32_t source, uint32_t target, uint32_t cls)
{
  return source << 20 | target << 8 | cls;
}

/* Where the search for @key begins in a table of @n_slots: the high half of a product spreads over
 * any number of slots without a division. */
static inline uint32_t
pol_rule_slot (uint32_t key, uint32_t n_slots)
{
  uint32_t hash = key * UINT32_C (2654435769);

  hash ^= hash >> 15;
  hash *= UINT32_C (2246822519);
  return (uint32_t)((uint64_t)hash * n_slots >> 32);
}

static inline uint32_t
pol_bitset_words (uint32_t n_bits)
{
  return (n_bits + 31) / 32;
}

/**
 * pol_image_open:
 * @image: (out): filled in on success; refers to @data, which must outlive it and not change
 * @data: an image, from anywhere: nothing in it is believed; aligned to 8 bytes
 * @size: its size in bytes
 *
 * Checks that every offset, count and index of an image stays within it.
 *
 * Returns: whether the image can be used
 */
bool pol_image_open (struct pol_image *image, const void *data, size_t size);

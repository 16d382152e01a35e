/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled policy: one relocatable block of native-endian structures that refer to each other by
 * index. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/classes.h"
#include "policy/models.h"

#define POL_IMAGE_MAGIC  UINT32_C (0x4c4f5044) /* "DPOL" */
#define POL_IMAGE_FORMAT 2

/* Bounds that keep every index in its field: a rule's key holds 12 bits of type twice and 8 of
 * class. */
#define POL_MAX_TYPES      4095
#define POL_MAX_LEVELS     256
#define POL_MAX_CATEGORIES 64
#define POL_MAX_DATASETS   256
#define POL_MAX_LABELS     4096
#define POL_MAX_RULES      131072

#define POL_NONE      UINT16_MAX /* no type, no dataset */
#define POL_UNWALLED  (UINT16_MAX - 1) /* for a dataset: the wall does not concern the object */
#define POL_UNLIMITED UINT32_MAX /* a budget that is not set */
#define POL_NO_NAME   0          /* the id of no name */

/* POL_MODEL_TE ...: a model's number, and its bit in the set of active ones. */
#define POL_MODEL_ENUM(MODEL, model) POL_MODEL_##MODEL,
enum pol_model_id { POL_MODELS (POL_MODEL_ENUM) POL_N_MODELS };
#undef POL_MODEL_ENUM

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
  uint16_t seed;                /* of the hash of the rules */
  struct pol_section buckets;   /* uint16_t: the displacement of each bucket of rules */
  struct pol_section rules;     /* struct pol_rule, where pol_rule_slot() says */
  struct pol_section subjects;  /* struct pol_subject */
  struct pol_section objects;   /* struct pol_object */
  struct pol_section conflicts; /* uint32_t: for each dataset a bit set of its competitors */
  struct pol_section datasets;  /* uint32_t: FNV-1a hash of each dataset's name */
  struct pol_section integrity; /* uint32_t: the same of each integrity level */
};

/* A free slot has no permissions. */
struct pol_rule {
  uint32_t key; /* pol_rule_key() */
  uint32_t permissions;
};

/* Of a subject. */
enum pol_subject_flags {
  POL_SUBJECT_UNWALLED = 1, /* it serves all sides: the wall does not bind it */
};

struct pol_subject {
  uint64_t categories;
  uint16_t type;
  uint16_t read_level; /* equal to write_level but for a trusted subject */
  uint16_t write_level;
  uint16_t integrity;
  uint32_t budget[POL_N_RESOURCES];
  uint32_t flags; /* enum pol_subject_flags */
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
  const uint16_t *buckets;
  const struct pol_rule *rules;
  const struct pol_subject *subjects;
  const struct pol_object *objects;
  const uint32_t *conflicts;
  const uint32_t *datasets;
  const uint32_t *integrity;
  uint32_t dataset_words; /* words of a bit set of datasets */
};

static inline uint32_t
pol_rule_key (uint32_t source, uint32_t target, uint32_t cls)
{
  return source << 20 | target << 8 | cls;
}

/* The rules stand in a perfect hash: a key has one slot, found in one step however many there are.
 * The hash of a key says which bucket it is in, the bucket's displacement where in the table its
 * keys went when the policy was compiled. Different keys have different hashes: each step can be
 * undone. */
static inline uint32_t
pol_rule_hash (uint32_t key, uint32_t seed)
{
  uint32_t hash = (key ^ seed) * UINT32_C (2654435769);

  hash ^= hash >> 15;
  return hash * UINT32_C (2246822519);
}

/* Spreads over any number of places without a division: the high half of a product. */
static inline uint32_t
pol_rule_bucket (uint32_t hash, uint32_t n_buckets)
{
  return (uint32_t)((uint64_t)hash * n_buckets >> 32);
}

static inline uint32_t
pol_rule_slot (uint32_t hash, uint32_t displacement, uint32_t n_slots)
{
  hash = (hash ^ displacement) * UINT32_C (2654435769);
  hash ^= hash >> 15;
  hash *= UINT32_C (3266489917);
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
 * Checks that every offset, count and index of an image stays within it. Rules need none: they are
 * compared with what is asked and lead nowhere, so that what is wrong with one allows nothing more
 * than a rule may.
 *
 * Returns: whether the image can be used
 */
bool pol_image_open (struct pol_image *image, const void *data, size_t size);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The security server: combines the active models, caches what may be cached, keeps what must be
 * kept. An engine is used by one thread at a time; decide-and-record is then atomic by itself. */
#pragma once

#include "policy/image.h"

/* Why a model answered as it did; the words for people are made where the names are
 * (core/policy-doc). */
enum pol_reason {
  POL_REASON_TE_RULE,            /* a rule allows it */
  POL_REASON_TE_NO_RULE,         /* no rule allows all of it */
  POL_REASON_TE_UNTYPED,         /* subject or object has no type */
  POL_REASON_NO_FLOW,            /* no information flows */
  POL_REASON_BLP_OK,             /* the levels and categories allow the flow */
  POL_REASON_BLP_READ_UP,        /* the object's level is above the subject's */
  POL_REASON_BLP_READ_CATEGORY,  /* the subject lacks a category of the object; detail: which */
  POL_REASON_BLP_WRITE_DOWN,     /* the object's level is below the subject's */
  POL_REASON_BLP_WRITE_CATEGORY, /* the object lacks a category of the subject; detail: which */
  POL_REASON_BIBA_OK,
  POL_REASON_BIBA_READ_DOWN, /* the object's integrity is below the subject's */
  POL_REASON_BIBA_WRITE_UP,  /* the object's integrity is above the subject's; detail: the subject's
                                now */
  POL_REASON_BIBA_LOWERS,    /* allowed, and lowers the subject to the object's integrity */
  POL_REASON_CW_OUTSIDE,     /* the object is in no dataset, and only read */
  POL_REASON_CW_FIRST,       /* the subject's first access in these conflict classes */
  POL_REASON_CW_AGAIN,       /* the subject has accessed this dataset before */
  POL_REASON_CW_CONFLICT,    /* the subject has accessed a competitor's dataset; detail: which */
  POL_REASON_CW_WRITE_ACROSS, /* the subject has accessed another dataset, so it could carry that
                                 over; detail */
  POL_REASON_CW_CLEAN,        /* a write outside all datasets by a subject that has accessed none */
  POL_REASON_GUARD_UNMETERED, /* the access uses nothing that is metered */
  POL_REASON_GUARD_UNLIMITED, /* there is no budget for it */
  POL_REASON_GUARD_WITHIN,    /* within the budget; detail: the resource */
  POL_REASON_GUARD_EXHAUSTED, /* over the budget; detail: the resource */
  POL_REASON_CW_EXEMPT,       /* subject or object is outside the wall */
  POL_REASON_ALLOWED,         /* of a model that gives no reasons */
  POL_REASON_REFUSED,
};

struct pol_request {
  uint16_t subject; /* index of a subject label */
  uint16_t object;  /* index of an object label */
  uint16_t cls;     /* enum pol_class_id */
  uint16_t reserved;
  uint32_t permissions; /* a set of permissions of the class: all or nothing */
  uint32_t flow;        /* pol_class_flow(); pol_request_init() sets it */
  uint32_t amount;      /* of the metered resource: KiB of memory, or 1 */
  uint64_t now_ns;      /* a clock that the subjects cannot set */
};

struct pol_verdict {
  uint8_t allowed;
  uint8_t dynamic; /* depends on what happened before: never cached */
  uint8_t reason;  /* enum pol_reason */
  uint8_t reserved;
  uint16_t detail; /* by reason, or POL_NONE */
};

/* What every model says; only those of the bits in @active are filled in. */
struct pol_explanation {
  bool allowed;
  uint32_t active;
  struct pol_verdict verdicts[POL_N_MODELS];
};

/* One remembered decision: for each permission of the class whether it is known, allowed, and to be
 * asked anew. */
struct pol_cache_entry {
  uint32_t labels; /* subject << 16 | object */
  uint16_t cls;
  uint16_t reserved;
  uint32_t sequence; /* of the policy it was decided under; 0 in an empty entry */
  uint32_t decided;
  uint32_t allowed;
  uint32_t dynamic;
};

#ifndef POL_CACHE_ENTRIES
#define POL_CACHE_ENTRIES 512 /* a power of two; 12 KiB */
#endif

struct pol_subject_state;

struct pol_engine {
  const struct pol_image *image;
  struct pol_subject_state *states;
  uint32_t *history; /* dataset_words for each subject */
  uint32_t active;   /* a bit for each model; at first those of the image */
  uint32_t sequence; /* rises whenever a remembered decision may have become wrong */
  struct pol_cache_entry cache[POL_CACHE_ENTRIES];
};

/* Where a decision about these labels and this class is remembered. */
static inline uint32_t
pol_cache_slot (uint32_t subject, uint32_t object, uint32_t cls)
{
  uint32_t hash = (subject ^ object << 7 ^ cls << 4) * UINT32_C (2654435769);

  return (hash >> 16) % POL_CACHE_ENTRIES;
}

/* Whether it is remembered that all of this is allowed, whatever else happens: the short way, of
 * few instructions, before pol_enforce(). */
static inline bool
pol_remembers (const struct pol_engine *engine,
               uint32_t subject,
               uint32_t object,
               uint32_t cls,
               uint32_t permissions)
{
  const struct pol_cache_entry *entry = &engine->cache[pol_cache_slot (subject, object, cls)];

  return entry->sequence == engine->sequence && entry->labels == (subject << 16 | object)
         && entry->cls == cls && (permissions & ~(entry->allowed & ~entry->dynamic)) == 0;
}

/* The memory that an engine for @image needs, in bytes. */
size_t pol_engine_size (const struct pol_image *image);

/**
 * pol_engine_init:
 * @memory: (transfer none): at least pol_engine_size() bytes, aligned to 8; whatever was there is
 * gone
 * @image: a checked image, which must outlive the engine
 *
 * Makes an engine with an empty history and nothing remembered.
 *
 * Returns: (transfer none): the engine, at the start of @memory
 */
struct pol_engine *pol_engine_init (void *memory, const struct pol_image *image);

/* Switches models on and off; decisions made under another set are forgotten. */
void pol_engine_set_active (struct pol_engine *engine, uint32_t active);

/**
 * pol_request_init:
 * @request: (out): the request
 * @engine: whose labels are meant
 * @subject: index of a subject label
 * @object: index of an object label
 * @cls: an object class
 * @permissions: a set of its permissions, not empty
 *
 * Makes a request, and refuses indices that mean nothing.
 *
 * Returns: whether subject, object, class and permissions exist
 */
bool pol_request_init (struct pol_request *request,
                       const struct pol_engine *engine,
                       uint32_t subject,
                       uint32_t object,
                       uint32_t cls,
                       uint32_t permissions);

/**
 * pol_enforce:
 * @engine: the engine
 * @request: what is about to happen
 *
 * Decides, and where every active model allows it, records it in the models that keep state.
 *
 * Returns: whether it is allowed
 */
bool pol_enforce (struct pol_engine *engine, const struct pol_request *request);

/**
 * pol_query:
 * @engine: the engine; only its cache changes
 * @request: what is asked
 * @cached: (out) (optional): whether the whole answer was remembered
 *
 * Decides without recording.
 *
 * Returns: whether it would be allowed now
 */
bool pol_query (struct pol_engine *engine, const struct pol_request *request, bool *cached);

/* Asks every active model, those after a refusal too, past the cache and without recording. */
void pol_explain (const struct pol_engine *engine,
                  const struct pol_request *request,
                  struct pol_explanation *explanation);

/* What a subject has accessed (Chinese Wall) and sunk to (low-water mark): to be saved, moved and
 * loaded with the subject. Recording is monotone; nothing here takes an access back. */
bool pol_history_has (const struct pol_engine *engine, uint32_t subject, uint32_t dataset);
void pol_history_add (struct pol_engine *engine, uint32_t subject, uint32_t dataset);
uint32_t pol_integrity_get (const struct pol_engine *engine, uint32_t subject);
void pol_integrity_lower (struct pol_engine *engine, uint32_t subject, uint32_t integrity);

/* Gives back what a metered access had taken: POL_RESOURCE_MEMORY or POL_RESOURCE_CHANNELS. */
void pol_release (struct pol_engine *engine,
                  uint32_t subject,
                  enum pol_resource resource,
                  uint32_t amount);

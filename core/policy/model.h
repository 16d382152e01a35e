/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model of access control is to the engine. For a further model, write one file with a
 * struct pol_model and add a line to models.h; docs/examples/policy-model has a worked example. */
#pragma once

#include "policy/engine.h"

/* Where the working state of one subject stands; the rest of it is a bit set of datasets. */
struct pol_subject_state {
  uint64_t event_credit; /* in billionths of an event, so that refilling needs no division */
  uint64_t event_time_ns;
  uint32_t channels;  /* event channels held */
  uint32_t memory;    /* KiB held */
  uint16_t integrity; /* lowered by reading, under the low-water mark */
  uint16_t metered;   /* whether event_credit has been filled for the first time */
  uint32_t reserved;
};

struct pol_model {
  const char *name; /* as in a document's "models" */

  /**
   * decide:
   * @engine: the engine; not changed
   * @request: what is asked
   * @verdict: (out): the answer; all members are set
   *
   * Judges one request. The answer may be cached unless the verdict is marked dynamic.
   */
  void (*decide) (const struct pol_engine *engine,
                  const struct pol_request *request,
                  struct pol_verdict *verdict);

  /* Records a request that every active model allowed; NULL for a model without state. */
  void (*commit) (struct pol_engine *engine, const struct pol_request *request);
};

/* pol_te, pol_blp ... */
#define POL_MODEL_DECLARE(MODEL, model) extern const struct pol_model pol_##model;
POL_MODELS (POL_MODEL_DECLARE)
#undef POL_MODEL_DECLARE

extern const struct pol_model *const pol_models[POL_N_MODELS];

/* For models: the two labels of a request and the state that is kept for its subject. */
static inline const struct pol_subject *
pol_request_subject (const struct pol_engine *engine, const struct pol_request *request)
{
  return &engine->image->subjects[request->subject];
}

static inline const struct pol_object *
pol_request_object (const struct pol_engine *engine, const struct pol_request *request)
{
  return &engine->image->objects[request->object];
}

static inline void
pol_verdict_set (struct pol_verdict *verdict, bool allowed, bool dynamic, enum pol_reason reason)
{
  *verdict = (struct pol_verdict){
    .allowed = allowed, .dynamic = dynamic, .reason = (uint8_t)reason, .detail = POL_NONE
  };
}

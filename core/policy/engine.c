/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/engine.h"

#include "policy/model.h"

static size_t
states_offset (void)
{
  return (sizeof (struct pol_engine) + 7) & ~(size_t)7;
}

size_t
pol_engine_size (const struct pol_image *image)
{
  size_t n = image->header->subjects.count;

  return states_offset () + n * sizeof (struct pol_subject_state)
         + n * image->dataset_words * sizeof (uint32_t);
}

struct pol_engine *
pol_engine_init (void *memory, const struct pol_image *image)
{
  struct pol_engine *engine = memory;
  uint8_t *base = memory;
  uint32_t n = image->header->subjects.count;

  engine->image = image;
  engine->states = (struct pol_subject_state *)(void *)(base + states_offset ());
  engine->history = (uint32_t *)(void *)(engine->states + n);
  engine->active = image->header->models;
  engine->sequence = 1;
  for (uint32_t i = 0; i < POL_CACHE_ENTRIES; i++)
    engine->cache[i] = (struct pol_cache_entry){ .sequence = 0 };
  for (uint32_t i = 0; i < n; i++)
    engine->states[i] = (struct pol_subject_state){ .integrity = image->subjects[i].integrity };
  for (uint32_t i = 0; i < n * image->dataset_words; i++)
    engine->history[i] = 0;
  return engine;
}

static void
forget_decisions (struct pol_engine *engine)
{
  engine->sequence++;
  if (engine->sequence != 0)
    return;
  /* After 2^32 changes an entry of long ago would look current: empty them all. */
  engine->sequence = 1;
  for (uint32_t i = 0; i < POL_CACHE_ENTRIES; i++)
    engine->cache[i].sequence = 0;
}

void
pol_engine_set_active (struct pol_engine *engine, uint32_t active)
{
  engine->active = active & (POL_BIT (POL_N_MODELS) - 1);
  forget_decisions (engine);
}

bool
pol_request_init (struct pol_request *request,
                  const struct pol_engine *engine,
                  uint32_t subject,
                  uint32_t object,
                  uint32_t cls,
                  uint32_t permissions)
{
  const struct pol_header *h = engine->image->header;

  if (subject >= h->subjects.count || object >= h->objects.count || cls >= POL_N_CLASSES
      || permissions == 0 || (uint64_t)permissions >> pol_classes[cls].n_permissions != 0)
    return false;
  *request = (struct pol_request){
    .subject = (uint16_t)subject,
    .object = (uint16_t)object,
    .cls = (uint16_t)cls,
    .permissions = permissions,
    .flow = pol_class_flow (cls, permissions),
    .amount = 1,
  };
  return true;
}

/* The entry for this request, empty where another had its place or the policy has changed since. */
static struct pol_cache_entry *
cache_entry (struct pol_engine *engine, const struct pol_request *request)
{
  struct pol_cache_entry *entry
      = &engine->cache[pol_cache_slot (request->subject, request->object, request->cls)];
  uint32_t labels = (uint32_t)request->subject << 16 | request->object;

  if (entry->sequence != engine->sequence || entry->labels != labels || entry->cls != request->cls)
    *entry = (struct pol_cache_entry){ .labels = labels,
                                       .cls = request->cls,
                                       .sequence = engine->sequence };
  return entry;
}

/* Asks every active model about one permission, for the cache. What no model judges is denied. */
static void
decide_permission (const struct pol_engine *engine,
                   const struct pol_request *request,
                   uint32_t bit,
                   struct pol_cache_entry *entry)
{
  struct pol_request one = *request;
  bool allowed = engine->active != 0;
  bool dynamic = false;

  one.permissions = bit;
  one.flow = pol_class_flow (one.cls, bit);
  for (uint32_t i = 0; i < POL_N_MODELS; i++) {
    struct pol_verdict verdict;

    if (!(engine->active & POL_BIT (i)))
      continue;
    pol_models[i]->decide (engine, &one, &verdict);
    if (verdict.dynamic)
      dynamic = true;
    else if (!verdict.allowed)
      allowed = false;
  }
  entry->decided |= bit;
  if (allowed)
    entry->allowed |= bit;
  if (dynamic)
    entry->dynamic |= bit;
}

/* The models that keep state are asked about the whole set at once: its flow is more than the sum.
 */
static bool
decide_stateful (const struct pol_engine *engine, const struct pol_request *request)
{
  for (uint32_t i = 0; i < POL_N_MODELS; i++) {
    struct pol_verdict verdict;

    if (!(engine->active & POL_BIT (i)) || pol_models[i]->commit == NULL)
      continue;
    pol_models[i]->decide (engine, request, &verdict);
    if (!verdict.allowed)
      return false;
  }
  return true;
}

static bool
judge (struct pol_engine *engine, const struct pol_request *request, bool *cached, bool *stateful)
{
  struct pol_cache_entry *entry = cache_entry (engine, request);
  uint32_t missing = request->permissions & ~entry->decided;

  *cached = missing == 0;
  *stateful = false;
  for (; missing != 0; missing &= missing - 1)
    decide_permission (engine, request, missing & -missing, entry);
  if ((entry->allowed & request->permissions) != request->permissions)
    return false;
  if ((entry->dynamic & request->permissions) == 0)
    return true;
  *cached = false;
  *stateful = true;
  return decide_stateful (engine, request);
}

bool
pol_query (struct pol_engine *engine, const struct pol_request *request, bool *cached)
{
  bool was_cached, stateful;
  bool allowed = judge (engine, request, &was_cached, &stateful);

  if (cached != NULL)
    *cached = was_cached;
  return allowed;
}

bool
pol_enforce (struct pol_engine *engine, const struct pol_request *request)
{
  bool cached, stateful;

  if (!judge (engine, request, &cached, &stateful))
    return false;
  for (uint32_t i = 0; stateful && i < POL_N_MODELS; i++)
    if (engine->active & POL_BIT (i) && pol_models[i]->commit != NULL)
      pol_models[i]->commit (engine, request);
  return true;
}

void
pol_explain (const struct pol_engine *engine,
             const struct pol_request *request,
             struct pol_explanation *explanation)
{
  explanation->active = engine->active;
  explanation->allowed = engine->active != 0;
  for (uint32_t i = 0; i < POL_N_MODELS; i++) {
    if (!(engine->active & POL_BIT (i)))
      continue;
    pol_models[i]->decide (engine, request, &explanation->verdicts[i]);
    if (!explanation->verdicts[i].allowed)
      explanation->allowed = false;
  }
}

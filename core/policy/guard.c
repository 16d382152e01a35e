/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resource guard: a subject spends no more than its budget. Events come from a token bucket
 * that holds one second's worth; channels and memory are counted while they are held. CPU time and
 * energy are metered by the scheduler, which reads the same budgets. Its answers are never cached.
 */
#include "policy/model.h"

#define NANO UINT64_C (1000000000)

/* What a request takes; a set of permissions takes the first metered resource in it. */
static enum pol_resource
metered_resource (const struct pol_request *request)
{
  const struct pol_class *cls = &pol_classes[request->cls];

  for (uint32_t i = 0; i < cls->n_permissions; i++)
    if (request->permissions & POL_BIT (i) && cls->permissions[i].resource != POL_RESOURCE_NONE)
      return (enum pol_resource)cls->permissions[i].resource;
  return POL_RESOURCE_NONE;
}

/* The credit at the request's time: filled by rate, the remainder carried, and full after one
 * second. */
static uint64_t
event_credit (const struct pol_subject_state *state, uint32_t rate, uint64_t now_ns)
{
  uint64_t full = rate * NANO;
  uint64_t elapsed = now_ns > state->event_time_ns ? now_ns - state->event_time_ns : 0;

  if (!state->metered || elapsed >= NANO || state->event_credit + elapsed * rate >= full)
    return full;
  return state->event_credit + elapsed * rate;
}

static bool
has_budget (const struct pol_subject_state *state,
            const struct pol_request *request,
            enum pol_resource resource,
            uint32_t budget)
{
  switch (resource) {
  case POL_RESOURCE_EVENTS:
    return event_credit (state, budget, request->now_ns) >= (uint64_t)request->amount * NANO;
  case POL_RESOURCE_CHANNELS:
    return (uint64_t)state->channels + request->amount <= budget;
  case POL_RESOURCE_MEMORY:
    return (uint64_t)state->memory + request->amount <= budget;
  default:
    return budget > 0;
  }
}

static void
decide (const struct pol_engine *engine,
        const struct pol_request *request,
        struct pol_verdict *verdict)
{
  enum pol_resource resource = metered_resource (request);
  uint32_t budget;

  if (resource == POL_RESOURCE_NONE) {
    pol_verdict_set (verdict, true, false, POL_REASON_GUARD_UNMETERED);
    return;
  }
  budget = pol_request_subject (engine, request)->budget[resource];
  if (budget == POL_UNLIMITED)
    pol_verdict_set (verdict, true, true, POL_REASON_GUARD_UNLIMITED);
  else if (has_budget (&engine->states[request->subject], request, resource, budget))
    pol_verdict_set (verdict, true, true, POL_REASON_GUARD_WITHIN);
  else
    pol_verdict_set (verdict, false, true, POL_REASON_GUARD_EXHAUSTED);
  verdict->detail = (uint16_t)resource;
}

static void
commit (struct pol_engine *engine, const struct pol_request *request)
{
  struct pol_subject_state *state = &engine->states[request->subject];
  enum pol_resource resource = metered_resource (request);
  uint32_t budget;

  if (resource == POL_RESOURCE_NONE)
    return;
  budget = pol_request_subject (engine, request)->budget[resource];
  if (resource == POL_RESOURCE_EVENTS && budget != POL_UNLIMITED) {
    state->event_credit = event_credit (state, budget, request->now_ns) - request->amount * NANO;
    state->event_time_ns = request->now_ns;
    state->metered = 1;
  } else if (resource == POL_RESOURCE_CHANNELS) {
    state->channels += request->amount;
  } else if (resource == POL_RESOURCE_MEMORY) {
    state->memory += request->amount;
  }
}

void
pol_release (struct pol_engine *engine,
             uint32_t subject,
             enum pol_resource resource,
             uint32_t amount)
{
  struct pol_subject_state *state = &engine->states[subject];
  uint32_t *held = resource == POL_RESOURCE_CHANNELS ? &state->channels : &state->memory;

  if (resource == POL_RESOURCE_CHANNELS || resource == POL_RESOURCE_MEMORY)
    *held -= amount < *held ? amount : *held;
}

const struct pol_model pol_guard = { .name = "guard", .decide = decide, .commit = commit };

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proofs about the policy engine, on its real source: for every policy of two subjects, three
 * objects and three datasets, everything that they may have done before, and every access. PROOF
 * says which of them.
 */
#include "policy/model.h"

#define SUBJECTS   2u
#define OBJECTS    3u
#define DATASETS   3u
#define RULES      2u
#define CATEGORIES 3u
#define RATES      4u /* of events, for the guard */

uint64_t nondet_long (void);
uint32_t nondet_word (void);
uint16_t nondet_half (void);
#define assume(condition) __CPROVER_assume (condition)
#define prove(condition)  __CPROVER_assert (condition, #condition)

static struct pol_header header;
static struct pol_subject subjects[SUBJECTS];
static struct pol_object objects[OBJECTS];
static uint32_t conflicts[DATASETS];
static struct pol_rule rules[RULES];
static uint16_t buckets[1];
static struct pol_image image;
static struct pol_engine engine;
static struct pol_subject_state states[SUBJECTS];
static uint32_t history[SUBJECTS];

/* Whatever the subjects have done: under the low-water mark they have sunk, never risen. */
static void
any_past (void)
{
  for (uint32_t i = 0; i < SUBJECTS; i++) {
    states[i].integrity = nondet_half ();
    assume (states[i].integrity <= subjects[i].integrity);
    history[i] = nondet_word ();
    assume (history[i] < 1u << DATASETS);
  }
}

/* Whatever passes the check of images, in these bounds. */
static void
any_policy (void)
{
  header.n_datasets = DATASETS;
  header.subjects.count = SUBJECTS;
  header.objects.count = OBJECTS;
  header.rules.count = RULES;
  header.buckets.count = 1;
  header.flags = nondet_word ();
  header.seed = nondet_half ();
  buckets[0] = nondet_half ();
  for (uint32_t i = 0; i < RULES; i++)
    rules[i] = (struct pol_rule){ nondet_word (), nondet_word () };
  for (uint32_t i = 0; i < SUBJECTS; i++) {
    subjects[i].categories = nondet_word () & ((1u << CATEGORIES) - 1);
    subjects[i].type = nondet_half ();
    subjects[i].read_level = nondet_half ();
    subjects[i].write_level = nondet_half ();
    subjects[i].integrity = nondet_half ();
    assume (subjects[i].write_level <= subjects[i].read_level);
  }
  for (uint32_t i = 0; i < OBJECTS; i++) {
    objects[i].categories = nondet_word () & ((1u << CATEGORIES) - 1);
    objects[i].type = nondet_half ();
    objects[i].level = nondet_half ();
    objects[i].integrity = nondet_half ();
    objects[i].dataset = nondet_half ();
    assume (objects[i].dataset < DATASETS || objects[i].dataset == POL_NONE);
  }
  for (uint32_t i = 0; i < DATASETS; i++) {
    conflicts[i] = nondet_word ();
    assume (conflicts[i] < 1u << DATASETS && (conflicts[i] & 1u << i) == 0);
  }
  image
      = (struct pol_image){ &header, buckets, rules, subjects, objects, conflicts, NULL, NULL, 1 };
  engine.image = &image;
  engine.states = states;
  engine.history = history;
  engine.sequence = nondet_word ();
  assume (engine.sequence != 0);
  for (uint32_t i = 0; i < POL_CACHE_ENTRIES; i++)
    engine.cache[i] = (struct pol_cache_entry){ .labels = nondet_word (),
                                                .cls = nondet_half (),
                                                .sequence = nondet_word (),
                                                .decided = nondet_word (),
                                                .allowed = nondet_word (),
                                                .dynamic = nondet_word () };
  any_past ();
}

/* Whatever the subjects may spend and have spent. */
static void
any_budgets (void)
{
  for (uint32_t i = 0; i < SUBJECTS; i++) {
    subjects[i].budget[POL_RESOURCE_EVENTS] = nondet_word () & (RATES - 1);
    subjects[i].budget[POL_RESOURCE_CHANNELS] = nondet_word ();
    subjects[i].budget[POL_RESOURCE_MEMORY] = nondet_word ();
    states[i].event_credit = nondet_long ();
    states[i].event_time_ns = nondet_long ();
    states[i].channels = nondet_word ();
    states[i].memory = nondet_word ();
    states[i].metered = nondet_half ();
  }
}

/* Any access that the interface lets through, of at most two permissions. */
static struct pol_request
any_request (void)
{
  struct pol_request request;
  uint32_t cls = nondet_word (), permissions = nondet_word ();
  assume (cls < POL_N_CLASSES);
  assume (pol_request_init (&request, &engine, nondet_word (), nondet_word (), cls, permissions));
  permissions &= permissions - 1;
  assume ((permissions & (permissions - 1)) == 0);
  return request;
}

/* Any access to events, of one permission. */
static struct pol_request
any_request_of_events (void)
{
  struct pol_request request;
  assume (pol_request_init (&request, &engine, nondet_word (), nondet_word (), POL_CLASS_EVENT, nondet_word ()));
  return request;
}

/* A request of which nothing is remembered, as after a load. */
static struct pol_request
new_request (void)
{
  struct pol_request request = any_request ();
  assume (engine.cache[pol_cache_slot (request.subject, request.object, request.cls)].sequence
          != engine.sequence);
  return request;
}

static bool
reads (const struct pol_request *request)
{
  return (request->flow & POL_FLOW_READ) != 0;
}

static bool
writes (const struct pol_request *request)
{
  return (request->flow & (POL_FLOW_WRITE | POL_FLOW_INVOKE)) != 0;
}

/* Nothing is allowed that no rule allows. */
void
prove_default_deny (void)
{
  any_policy ();
  engine.active = POL_BIT (POL_MODEL_TE);
  struct pol_request request = new_request ();
  const struct pol_subject *s = &subjects[request.subject];
  const struct pol_object *o = &objects[request.object];
  assume (s->type < POL_MAX_TYPES && o->type < POL_MAX_TYPES);
  uint32_t key = pol_rule_key (s->type, o->type, request.cls), allowed = 0;
  for (uint32_t i = 0; i < RULES; i++)
    if (rules[i].key == key)
      allowed |= rules[i].permissions;
  if (pol_enforce (&engine, &request))
    prove ((request.permissions & ~allowed) == 0);
}

/* Bell and LaPadula: who reads dominates what is read; what is written dominates who writes. */
void
prove_no_read_up_no_write_down (void)
{
  any_policy ();
  engine.active = POL_BIT (POL_MODEL_BLP);
  struct pol_request request = new_request ();
  const struct pol_subject *s = &subjects[request.subject];
  const struct pol_object *o = &objects[request.object];
  if (!pol_enforce (&engine, &request))
    return;
  if (reads (&request)) {
    prove (s->read_level >= o->level);
    prove ((o->categories & ~s->categories) == 0);
  }
  if (writes (&request)) {
    prove (o->level >= s->write_level);
    prove ((s->categories & ~o->categories) == 0);
  }
}

/* Biba: who has read something writes nothing above it, strict or under the low-water mark. */
void
prove_no_flow_to_higher_integrity (void)
{
  any_policy ();
  engine.active = POL_BIT (POL_MODEL_BIBA);
  struct pol_request first = new_request ();
  bool has_read = pol_enforce (&engine, &first) && reads (&first);
  struct pol_request second = new_request ();
  assume (second.subject == first.subject);
  if (has_read && pol_enforce (&engine, &second) && writes (&second))
    prove (objects[first.object].integrity >= objects[second.object].integrity);
}

/* What a subject has sunk to never rises, and what it has accessed is never forgotten. */
void
prove_history_is_monotone (void)
{
  any_policy ();
  engine.active = POL_BIT (POL_MODEL_BIBA) | POL_BIT (POL_MODEL_CHINESE_WALL);
  struct pol_request request = new_request ();
  uint32_t before = history[request.subject], sunk = states[request.subject].integrity;
  bool allowed = pol_enforce (&engine, &request);
  prove ((before & ~history[request.subject]) == 0);
  prove (states[request.subject].integrity <= sunk);
  if (!allowed)
    prove (before == history[request.subject] && states[request.subject].integrity == sunk);
  if (allowed && request.flow != POL_FLOW_NEITHER && objects[request.object].dataset != POL_NONE)
    prove ((history[request.subject] >> objects[request.object].dataset & 1) != 0);
}

/* Brewer and Nash: never two datasets of one conflict class; and who has accessed a dataset writes
 * into no other, nor outside. */
void
prove_no_second_dataset (void)
{
  any_policy ();
  engine.active = POL_BIT (POL_MODEL_CHINESE_WALL);
  struct pol_request first = new_request ();
  uint32_t before = objects[first.object].dataset;
  bool had = pol_enforce (&engine, &first) && first.flow != POL_FLOW_NEITHER && before != POL_NONE;
  struct pol_request second = new_request ();
  uint32_t after = objects[second.object].dataset;
  assume (second.subject == first.subject && second.flow != POL_FLOW_NEITHER);
  bool competes = after != POL_NONE && had && (conflicts[after] >> before & 1) != 0;
  if (had && pol_enforce (&engine, &second)) {
    prove (!competes);
    prove (!writes (&second) || after == before);
  }
}

/* What is remembered about one permission is what the models say that look at labels alone. */
static bool
remembers_rightly (const struct pol_cache_entry *entry,
                   const struct pol_request *request,
                   uint32_t permission)
{
  bool allowed = engine.active != 0, dynamic = false;
  struct pol_request one = *request;
  one.permissions = permission;
  one.flow = pol_class_flow (one.cls, permission);
  if ((entry->decided & permission) == 0)
    return ((entry->allowed | entry->dynamic) & permission) == 0;
  for (uint32_t i = 0; i < POL_N_MODELS; i++) {
    struct pol_verdict verdict;
    if ((engine.active & POL_BIT (i)) == 0)
      continue;
    pol_models[i]->decide (&engine, &one, &verdict);
    dynamic = dynamic || verdict.dynamic;
    allowed = allowed && (verdict.dynamic || verdict.allowed);
  }
  return ((entry->allowed & permission) != 0) == allowed
         && ((entry->dynamic & permission) != 0) == dynamic;
}

static bool
entry_is_right (const struct pol_cache_entry *entry, const struct pol_request *request)
{
  return entry->sequence != engine.sequence
         || entry->labels != ((uint32_t)request->subject << 16 | request->object)
         || entry->cls != request->cls || remembers_rightly (entry, request, request->permissions);
}

/* By induction, a permission at a time as they are remembered: an entry that was right at any time
 * in the past never turns a refusal into a permission, whatever has happened since, and is right
 * afterwards. */
static void
cache_never_allows_what_is_denied (struct pol_request request)
{
  /* One question has one key, which one rule is about or none; where among others a rule is found is
   * prove_default_deny's. */
  header.rules.count = 1;
  assume ((request.permissions & (request.permissions - 1)) == 0);
  struct pol_cache_entry *entry
      = &engine.cache[pol_cache_slot (request.subject, request.object, request.cls)];
  assume (entry_is_right (entry, &request));
  any_past ();
  any_budgets ();

  struct pol_explanation explanation;
  pol_explain (&engine, &request, &explanation);
  if (pol_remembers (&engine, request.subject, request.object, request.cls, request.permissions))
    prove (explanation.allowed);
  prove (pol_enforce (&engine, &request) == explanation.allowed);
  prove (entry_is_right (entry, &request));
  for (uint32_t i = 0; i < POL_N_MODELS; i++)
    if ((engine.active & POL_BIT (i)) != 0 && explanation.verdicts[i].dynamic)
      prove (!pol_remembers (&engine, request.subject, request.object, request.cls,
                             request.permissions));
}

void
prove_cache_never_allows_what_is_denied (void)
{
  any_policy ();
  engine.active = (POL_BIT (POL_N_MODELS) - 1) & ~POL_BIT (POL_MODEL_GUARD);
  cache_never_allows_what_is_denied (any_request ());
}

/* The same with the guard, for events, of which it keeps rates and counts: what it meters is asked anew each time. Its
 * products of 64 bits leave a prover no time for the other models besides. */
void
prove_cache_never_exceeds_budget_of_events (void)
{
  any_policy ();
  engine.active = POL_BIT (POL_MODEL_TE) | POL_BIT (POL_MODEL_GUARD);
  cache_never_allows_what_is_denied (any_request_of_events ());
}

/* Another set of models makes every entry one of the past, also when the numbers begin anew. */
void
prove_change_forgets (void)
{
  any_policy ();
  uint32_t slot = nondet_word ();
  assume (slot < POL_CACHE_ENTRIES && engine.cache[slot].sequence <= engine.sequence);
  pol_engine_set_active (&engine, nondet_word ());
  prove (engine.sequence != 0 && engine.cache[slot].sequence < engine.sequence);
}

int
main (void)
{
  PROOF ();
  return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chinese Wall after Brewer and Nash, with the *-property, judged on what a subject has accessed.
 * A read is refused by a competitor's dataset in the history; a write by any other dataset in it,
 * because the subject could carry that over. An object in no dataset is sanitized: free to read,
 * another's to write. */
#include "policy/model.h"

static uint32_t *
history_of (const struct pol_engine *engine, uint32_t subject)
{
  return engine->history + (size_t)subject * engine->image->dataset_words;
}

static uint32_t
first_bit (uint32_t word, uint32_t index)
{
  uint32_t bit = 0;

  while (!(word >> bit & 1))
    bit++;
  return index * 32 + bit;
}

/* A dataset in the history that competes with @dataset, or POL_NONE. */
static uint32_t
find_conflict (const struct pol_engine *engine, uint32_t subject, uint32_t dataset)
{
  uint32_t words = engine->image->dataset_words;
  const uint32_t *history = history_of (engine, subject);
  const uint32_t *conflicts = engine->image->conflicts + (size_t)dataset * words;

  for (uint32_t i = 0; i < words; i++)
    if (history[i] & conflicts[i])
      return first_bit (history[i] & conflicts[i], i);
  return POL_NONE;
}

/* A dataset in the history other than @dataset, or POL_NONE. */
static uint32_t
find_other (const struct pol_engine *engine, uint32_t subject, uint32_t dataset)
{
  const uint32_t *history = history_of (engine, subject);

  for (uint32_t i = 0; i < engine->image->dataset_words; i++) {
    uint32_t word = history[i];

    if (dataset / 32 == i)
      word &= ~POL_BIT (dataset % 32);
    if (word != 0)
      return first_bit (word, i);
  }
  return POL_NONE;
}

/* Who serves all sides, and what nobody else gets to see, such as a domain's own memory. */
static bool
is_exempt (const struct pol_engine *engine, const struct pol_request *request)
{
  return (pol_request_subject (engine, request)->flags & POL_SUBJECT_UNWALLED) != 0
         || pol_request_object (engine, request)->dataset == POL_UNWALLED;
}

static void
decide (const struct pol_engine *engine,
        const struct pol_request *request,
        struct pol_verdict *verdict)
{
  uint32_t dataset = pol_request_object (engine, request)->dataset;
  bool writes = request->flow & (POL_FLOW_WRITE | POL_FLOW_INVOKE);
  uint32_t found;

  if (request->flow == POL_FLOW_NEITHER) {
    pol_verdict_set (verdict, true, false, POL_REASON_NO_FLOW);
    return;
  }
  if (is_exempt (engine, request)) {
    pol_verdict_set (verdict, true, false, POL_REASON_CW_EXEMPT);
    return;
  }
  if (dataset == POL_NONE && !writes) {
    pol_verdict_set (verdict, true, false, POL_REASON_CW_OUTSIDE);
    return;
  }
  if (dataset != POL_NONE
      && (found = find_conflict (engine, request->subject, dataset)) != POL_NONE) {
    pol_verdict_set (verdict, false, true, POL_REASON_CW_CONFLICT);
    verdict->detail = (uint16_t)found;
    return;
  }
  if (writes && (found = find_other (engine, request->subject, dataset)) != POL_NONE) {
    pol_verdict_set (verdict, false, true, POL_REASON_CW_WRITE_ACROSS);
    verdict->detail = (uint16_t)found;
    return;
  }
  if (dataset == POL_NONE)
    pol_verdict_set (verdict, true, true, POL_REASON_CW_CLEAN);
  else if (pol_history_has (engine, request->subject, dataset))
    pol_verdict_set (verdict, true, true, POL_REASON_CW_AGAIN);
  else
    pol_verdict_set (verdict, true, true, POL_REASON_CW_FIRST);
}

static void
commit (struct pol_engine *engine, const struct pol_request *request)
{
  uint32_t dataset = pol_request_object (engine, request)->dataset;

  if (request->flow != POL_FLOW_NEITHER && dataset != POL_NONE && !is_exempt (engine, request))
    pol_history_add (engine, request->subject, dataset);
}

bool
pol_history_has (const struct pol_engine *engine, uint32_t subject, uint32_t dataset)
{
  return (history_of (engine, subject)[dataset / 32] >> (dataset % 32) & 1) != 0;
}

void
pol_history_add (struct pol_engine *engine, uint32_t subject, uint32_t dataset)
{
  history_of (engine, subject)[dataset / 32] |= POL_BIT (dataset % 32);
}

const struct pol_model pol_chinese_wall
    = { .name = "chinese-wall", .decide = decide, .commit = commit };

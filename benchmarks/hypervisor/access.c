/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures a decision of the policy engine as the hypervisor asks for it, with the very objects
 * that are linked into the hypervisor, for policies of 10 to 100,000 rules. */
#include "access.h"

#include "policy-doc/rule-table.h"
#include "policy/engine.h"
#include "pv.h"

#define TURNS     1024u
#define LABELS    32u
#define TYPES     1000u
#define RULES_MAX 100000u

/* The image stands in one block: the header, the rules, the labels. */
static struct {
  struct pol_header header;
  struct pol_subject subjects[LABELS];
  struct pol_object objects[LABELS];
  struct pol_rule rules[RULES_MAX + RULES_MAX / 16 + 1];
  uint16_t buckets[RULES_MAX / 4 + 1];
} block __attribute__ ((aligned (8)));
static struct pol_rule written[RULES_MAX];
static uint32_t scratch[RULES_MAX + RULES_MAX / 4 + 2];
static struct pol_image image;
static uint8_t memory[32768] __attribute__ ((aligned (8)));
static struct pol_engine *engine;
static uint32_t seed;

static uint32_t
random_number (void)
{
  seed = seed * 1664525u + 1013904223u;
  return seed >> 8;
}

/* Rules between random types, one in each step of the space of keys, so that none comes twice. The
 * first are of subjects for their own objects, whose types are beyond the others'. */
static void
make_rules (uint32_t n)
{
  uint32_t step = TYPES / n * TYPES * POL_N_CLASSES;
  if (step == 0)
    step = TYPES * TYPES / n * POL_N_CLASSES;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t at = i * step + random_number () % step, types = at / POL_N_CLASSES;
    uint32_t key = pol_rule_key (types / TYPES, types % TYPES, at % POL_N_CLASSES);
    if (i < LABELS && i % 2 == 0)
      key = pol_rule_key (block.subjects[i].type, block.objects[i].type, POL_CLASS_EVENT);
    written[i] = (struct pol_rule){ .key = key, .permissions = POL_BIT (POL_EVENT_SEND) };
  }
  if (!dmc_rule_table_build (written, n, 0, block.rules, block.buckets, scratch))
    pv_panic ("the rules cannot be arranged");
}

static struct pol_section
section (const void *at, uint32_t count)
{
  return (struct pol_section){ .offset = (uint32_t)((const char *)at - (const char *)&block),
                               .count = count };
}

static void
make_policy (uint32_t rules)
{
  memset (&block, 0, sizeof block);
  seed = rules;
  block.header = (struct pol_header){
    .magic = POL_IMAGE_MAGIC,
    .format = POL_IMAGE_FORMAT,
    .size = sizeof block,
    .models = POL_BIT (POL_MODEL_TE) | POL_BIT (POL_MODEL_BLP) | POL_BIT (POL_MODEL_BIBA),
    .flags = POL_IMAGE_ENFORCING,
    .n_types = TYPES + LABELS,
    .buckets = section (block.buckets, dmc_rule_table_buckets (rules)),
    .rules = section (block.rules, dmc_rule_table_slots (rules)),
    .subjects = section (block.subjects, LABELS),
    .objects = section (block.objects, LABELS),
    .conflicts = section (block.rules, 0),
    .datasets = section (block.rules, 0),
    .integrity = section (block.rules, 0),
  };
  for (uint32_t i = 0; i < LABELS; i++) {
    block.subjects[i].type = (uint16_t)(random_number () % TYPES);
    block.objects[i].type = (uint16_t)(TYPES + i);
    block.objects[i].dataset = POL_NONE;
  }
  make_rules (rules);
  if (!pol_image_open (&image, &block, sizeof block) || pol_engine_size (&image) > sizeof memory)
    pv_panic ("the policy is not one");
  engine = pol_engine_init (memory, &image);
}

/* What the hypervisor does where an object has not kept the permission. */
static bool __attribute__ ((noinline)) ask (uint32_t subject, uint32_t object)
{
  struct pol_request request;
  if (pol_remembers (engine, subject, object, POL_CLASS_EVENT, POL_BIT (POL_EVENT_SEND)))
    return true;
  return pol_request_init (&request, engine, subject, object, POL_CLASS_EVENT,
                           POL_BIT (POL_EVENT_SEND))
         && pol_enforce (engine, &request);
}

static void __attribute__ ((noinline)) nothing (uint32_t subject, uint32_t object)
{
  asm volatile("" : : "r"(subject), "r"(object));
}

/* Forgets everything before each turn; -> what the decisions cost without that and the loop. */
static uint64_t
uncached (void)
{
  uint64_t start = pv_time_ns (), middle, end;
  for (uint32_t i = 0; i < TURNS; i++) {
    pol_engine_set_active (engine, engine->active);
    ask (i % LABELS, i / LABELS % LABELS);
  }
  middle = pv_time_ns ();
  for (uint32_t i = 0; i < TURNS; i++) {
    pol_engine_set_active (engine, engine->active);
    nothing (i % LABELS, i / LABELS % LABELS);
  }
  end = pv_time_ns ();
  return (middle - start) - (end - middle);
}

/* Asks again and again for what is allowed; -> the cost without the loop. */
static uint64_t
cached (uint32_t label)
{
  uint64_t start = pv_time_ns (), middle, end;
  for (uint32_t i = 0; i < TURNS; i++)
    ask (label, label);
  middle = pv_time_ns ();
  for (uint32_t i = 0; i < TURNS; i++)
    nothing (label, label);
  end = pv_time_ns ();
  return (middle - start) - (end - middle);
}

static void
figure (const char *name, uint32_t rules, uint64_t total)
{
  uint32_t tenths = (uint32_t)(total * 10 / TURNS);
  pv_printf ("figure: %s %u %u.%u\n", name, rules, tenths / 10, tenths % 10);
}

void
measure_access (void)
{
  static const uint32_t sizes[] = { 10, 100, 1000, 10000, RULES_MAX };
  for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    make_policy (sizes[i]);
    figure ("access-uncached", sizes[i], uncached ());
    if (!ask (2, 2))
      pv_panic ("the policy does not allow what its rule does");
    figure ("access-cached", sizes[i], cached (2));
  }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures a decision of the policy engine as the hypervisor asks for it, with the very objects
 * that are linked into the hypervisor, for policies of 10 to 100,000 rules. */
#include "access.h"

#include "policy/engine.h"
#include "pv.h"

#define TURNS     1024u
#define LABELS    32u
#define TYPES     1000u
#define RULES_MAX 100000u
#define SLOTS(n)  ((n) + (n) / 4 + 1) /* as the compiler of documents leaves room */

/* The image stands in one block: the header, the rules, the labels. */
static struct {
  struct pol_header header;
  struct pol_subject subjects[LABELS];
  struct pol_object objects[LABELS];
  struct pol_rule rules[SLOTS (RULES_MAX)];
} block __attribute__ ((aligned (8)));
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

static void
add_rule (uint32_t key, uint32_t permissions)
{
  uint32_t n = block.header.rules.count, slot = pol_rule_slot (key, n);
  while (block.rules[slot].permissions != 0 && block.rules[slot].key != key)
    slot = slot + 1 == n ? 0 : slot + 1;
  block.rules[slot] = (struct pol_rule){ .key = key, .permissions = permissions };
}

static struct pol_section
section (const void *at, uint32_t count)
{
  return (struct pol_section){ .offset = (uint32_t)((const char *)at - (const char *)&block),
                               .count = count };
}

/* Rules between random types; every other subject may, by one of them, send to every other object.
 */
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
    .n_types = TYPES,
    .rules = section (block.rules, SLOTS (rules)),
    .subjects = section (block.subjects, LABELS),
    .objects = section (block.objects, LABELS),
    .conflicts = section (block.rules, 0),
  };
  for (uint32_t i = 0; i < LABELS; i++) {
    block.subjects[i].type = (uint16_t)(random_number () % TYPES);
    block.objects[i].type = (uint16_t)(random_number () % TYPES);
    block.objects[i].dataset = POL_NONE;
  }
  for (uint32_t i = 0; i < rules; i++)
    if (i < LABELS && i % 2 == 0)
      add_rule (pol_rule_key (block.subjects[i].type, block.objects[i].type, POL_CLASS_EVENT),
                POL_BIT (POL_EVENT_SEND));
    else
      add_rule (pol_rule_key (random_number () % TYPES, random_number () % TYPES,
                              random_number () % POL_N_CLASSES),
                1);
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
  static const uint32_t sizes[] = { 10, 1000, RULES_MAX };
  for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    make_policy (sizes[i]);
    figure ("access-uncached", sizes[i], uncached ());
    if (!ask (2, 2))
      pv_panic ("the policy does not allow what its rule does");
    figure ("access-cached", sizes[i], cached (2));
  }
}

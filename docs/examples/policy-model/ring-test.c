/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy of one subject and three objects, made by hand, with the ring policy alone. */
#include <assert.h>
#include <stdio.h>

#include "policy/model.h"

static struct {
  struct pol_header header;
  struct pol_subject subject;
  struct pol_object objects[3];
  uint32_t names[4];
} block __attribute__ ((aligned (8)));

static struct pol_section
section (const void *at, uint32_t count)
{
  return (struct pol_section){ (uint32_t)((const char *)at - (const char *)&block), count };
}

static void
make_policy (void)
{
  block.header = (struct pol_header){
    .magic = POL_IMAGE_MAGIC,
    .format = POL_IMAGE_FORMAT,
    .size = sizeof block,
    .models = POL_BIT (POL_MODEL_RING),
    .flags = POL_IMAGE_ENFORCING,
    .n_integrity = 3,
    .subjects = section (&block.subject, 1),
    .objects = section (block.objects, 3),
    .integrity = section (block.names, 3),
    .rules = section (&block.subject, 0),
    .buckets = section (&block.subject, 0),
    .conflicts = section (&block.subject, 0),
    .datasets = section (&block.subject, 0),
  };
  block.subject = (struct pol_subject){ .type = POL_NONE, .integrity = 1 };
  for (uint16_t i = 0; i < 3; i++)
    block.objects[i] = (struct pol_object){ .type = POL_NONE, .integrity = i, .dataset = POL_NONE };
}

static bool
may (struct pol_engine *engine, uint32_t object, uint32_t cls, uint32_t permission)
{
  struct pol_request request;

  assert (pol_request_init (&request, engine, 0, object, cls, POL_BIT (permission)));
  return pol_enforce (engine, &request);
}

int
main (void)
{
  static uint8_t memory[64 << 10] __attribute__ ((aligned (8)));
  struct pol_engine *engine;
  struct pol_image image;

  make_policy ();
  assert (pol_image_open (&image, &block, sizeof block));
  assert (pol_engine_size (&image) <= sizeof memory);
  engine = pol_engine_init (memory, &image);

  assert (may (engine, 0, POL_CLASS_FILE, POL_FILE_READ)); /* strict Biba would refuse this */
  assert (may (engine, 2, POL_CLASS_FILE, POL_FILE_READ));
  assert (may (engine, 0, POL_CLASS_FILE, POL_FILE_WRITE));
  assert (may (engine, 1, POL_CLASS_EVENT, POL_EVENT_SEND));
  assert (!may (engine, 2, POL_CLASS_FILE, POL_FILE_WRITE));
  assert (!may (engine, 2, POL_CLASS_EVENT, POL_EVENT_SEND));
  /* Together with another model both must allow; a rule is needed for Type Enforcement. */
  pol_engine_set_active (engine, POL_BIT (POL_MODEL_RING) | POL_BIT (POL_MODEL_TE));
  assert (!may (engine, 1, POL_CLASS_FILE, POL_FILE_READ));
  puts ("ok");
  return 0;
}

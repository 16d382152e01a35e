/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled policy, alone or in the hypervisor's bundle. What is accepted is asked about
 * everything. */
#include "fuzz.h"
#include "policy/bundle.h"
#include "policy/engine.h"

static void
ask (struct pol_engine *engine, uint32_t subject, uint32_t object)
{
  for (uint32_t cls = 0; cls < POL_N_CLASSES; cls += 3) {
    struct pol_request request;
    struct pol_explanation explanation;

    if (!pol_request_init (&request, engine, subject, object, cls, 1))
      g_error ("a label that is there is not known");
    pol_explain (engine, &request, &explanation);
    if (pol_enforce (engine, &request) != explanation.allowed)
      g_error ("subject %u, object %u, class %u: two answers", subject, object, cls);
  }
}

static void
use (const struct pol_image *image)
{
  g_autofree void *memory = g_malloc (pol_engine_size (image));
  struct pol_engine *engine = pol_engine_init (memory, image);

  for (uint32_t s = 0; s < MIN (image->header->subjects.count, 8); s++)
    for (uint32_t o = 0; o < MIN (image->header->objects.count, 8); o++)
      ask (engine, s, o);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree uint8_t *copy = g_memdup2 (data, size); /* aligned, and with an end that is watched */
  struct pol_image image;
  struct pol_bundle bundle;

  if (pol_image_open (&image, copy, size))
    use (&image);
  if (pol_bundle_open (&bundle, copy, size)) {
    pol_bundle_find (&bundle, "guest_t");
    use (&bundle.image);
  }
  return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a target on what is kept in its corpus (the folder that is named), and on further files:
 * each file as it is, cut off at many places, and with bytes changed; the same in every run. */
#include <stdio.h>

#include "fuzz.h"

#define CUTS    200 /* places at which a file is cut off, at most */
#define CHANGES 400 /* changed copies of each file */

static void
run (const uint8_t *data, gsize size)
{
  /* A copy of just this size: a sanitizer sees who reads on. */
  g_autofree uint8_t *copy = g_memdup2 (data, size);

  LLVMFuzzerTestOneInput (copy != NULL ? copy : (const uint8_t *)"", size);
}

static void
run_changed (const uint8_t *data, gsize size, GRand *rng)
{
  g_autofree uint8_t *copy = g_memdup2 (data, size);

  for (guint i = g_rand_int_range (rng, 1, 5); i > 0 && size > 0; i--)
    copy[g_rand_int_range (rng, 0, (gint32)size)]
        = (uint8_t)(g_rand_boolean (rng) ? g_rand_int_range (rng, 0, 256)
                                         : "\0\xff{}[]\",:0129\n="[g_rand_int_range (rng, 0, 15)]);
  run (copy, size);
}

static void
run_file (const char *path)
{
  g_autofree char *data = NULL;
  g_autoptr (GRand) rng = g_rand_new_with_seed (1);
  gsize size, step;

  if (!g_file_get_contents (path, &data, &size, NULL))
    g_error ("%s: cannot be read", path);
  step = size / CUTS + 1;
  for (gsize cut = 0; cut < size; cut += step)
    run ((const uint8_t *)data, cut);
  for (guint i = 0; i < CHANGES; i++)
    run_changed ((const uint8_t *)data, size, rng);
  run ((const uint8_t *)data, size);
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) folder = argc >= 2 ? g_dir_open (argv[1], 0, NULL) : NULL;
  const char *name;
  guint n = 0;

  if (folder == NULL)
    g_error ("usage: %s CORPUS [FILE...]", argv[0]);
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = g_build_filename (argv[1], name, NULL);

    run_file (path);
    printf ("ok %u - %s\n", ++n, name);
  }
  for (int i = 2; i < argc; i++) {
    run_file (argv[i]);
    printf ("ok %u - %s\n", ++n, argv[i]);
  }
  printf ("1..%u\n", n);
  return n > 0 ? 0 : 1;
}

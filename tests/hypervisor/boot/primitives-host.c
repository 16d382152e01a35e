/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <glib.h>
#include "primitives.h"

static void
failed (uint32_t number, uint32_t kind)
{
  printf ("wrong: %u of kind %u\n", number, kind);
}

int
main (int argc, char **argv)
{
  g_autofree char *data = NULL;
  if (argc != 2 || !g_file_get_contents (argv[1], &data, NULL, NULL))
    return 2;
  printf ("vectors: %u\n", primitives_try ((const uint8_t *)data, failed));
  return 0;
}

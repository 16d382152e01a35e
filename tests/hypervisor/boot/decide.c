/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides about stores as ROM and hypervisor would: decide FLASH0 FLASH1. Each line on standard input is a change,
 * `0 OFFSET HEX` of flash 0 or `1 OFFSET HEX` of flash 1, several of them separated by blanks; the answer is one line,
 * and the change is undone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glib.h>
#include <xen/errno.h>
#include "boot/open.h"
#include "core/image.h"

#define ROOM 0x100000u /* of both flashes, and of every image */

static guint8 flash[2][ROOM] __attribute__ ((aligned (8))), original[2][ROOM], copy[3][ROOM], page[STORE_PIECE];
static struct boot_info info;

static const char *
judge_rom (void)
{
  const enum store_kind kinds[] = { STORE_HYPERVISOR, STORE_POLICY, STORE_KERNEL };
  const struct device_keys *keys = (const struct device_keys *)(const void *)(flash[0] + DEVICE_OFFSET);
  guint32 counter;
  enum store_error error
      = counter_value ((const guint32 *)(const void *)(flash[0] + COUNTER_OFFSET), &counter);
  if (!error)
    error = store_open (flash[1], ROOM, keys, counter, &info);
  for (guint i = 0; !error && i < G_N_ELEMENTS (kinds); i++) {
    guint32 number = store_find (&info, kinds[i]);
    if (number < STORE_IMAGES)
      error = store_unseal (&info, flash[1], number, copy[i], ROOM);
    /* Nothing of what is not right stays. */
    for (guint at = 0; error && number < STORE_IMAGES && at < info.header.image[number].size && at < ROOM; at++)
      g_assert_cmpuint (copy[i][at], ==, 0);
  }
  return error ? store_error_text (error) : NULL;
}

/* What the hypervisor would say to domains of the other kernels, and to whoever reads their symbols. */
static const char *
judge_kernels (void)
{
  const struct hv_image *image;
  hv_images_init (&info, copy[2], flash[1]);
  for (guint i = 0; (image = hv_image_get (i)); i++) {
    int result = -XEN_EAGAIN;
    if (image->kind != STORE_KERNEL)
      continue;
    if (hv_image_check (image) != 0)
      return "not a kernel";
    for (guint piece = 0; result == -XEN_EAGAIN; piece++)
      result = hv_image_put (image, piece, page);
    if (result != 0)
      return "a kernel is damaged";
    for (guint piece = 0; piece * STORE_PIECE < image->symbols; piece++)
      if (!hv_image_symbols (image, piece))
        return "symbols are damaged";
  }
  return NULL;
}

static void
apply (char *line)
{
  char *save = NULL;
  for (char *word = strtok_r (line, " \n", &save); word; word = strtok_r (NULL, " \n", &save)) {
    guint which = (guint)(word[0] - '0');
    guint64 at = g_ascii_strtoull (strtok_r (NULL, " \n", &save), NULL, 0);
    for (const char *hex = strtok_r (NULL, " \n", &save); hex[0] && hex[1]; hex += 2, at++) {
      g_assert_true (which < 2 && at < ROOM);
      flash[which][at]
          = (guint8)(g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
    }
  }
}

static void
load (guint which, const char *path)
{
  FILE *file = fopen (path, "rb");
  if (!file || fread (flash[which], 1, ROOM, file) != ROOM)
    g_error ("cannot read %s", path);
  fclose (file);
  memcpy (original[which], flash[which], ROOM);
}

int
main (int argc, char **argv)
{
  g_autofree char *line = NULL;
  size_t size = 0;
  if (argc != 3)
    return 2;
  load (0, argv[1]);
  load (1, argv[2]);
  while (getline (&line, &size, stdin) > 0) {
    apply (line);
    const char *rom = judge_rom (), *kernels = rom ? NULL : judge_kernels ();
    printf ("%s: %s\n", rom ? "rom" : kernels ? "hypervisor" : "started", rom ? rom : kernels ? kernels : "");
    fflush (stdout);
    memcpy (flash, original, sizeof flash);
  }
  return 0;
}

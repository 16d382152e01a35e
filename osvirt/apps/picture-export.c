/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures that nobody vouches for, where a console can read them: each is drawn once, and kept as long as the folder is. */
#include "apps/picture-export.h"

#include <glib/gstdio.h>

/* Keeps the drawing, or that there is none. */
static gboolean
draw_once (PictureDrawer *drawer, const char *data, gsize length, const char *copy, const char *none, const char *folder)
{
  g_autofree char *drawn = NULL;
  gsize drawn_length = 0;
  PictureResult result;

  if (g_file_test (copy, G_FILE_TEST_EXISTS))
    return TRUE;
  if (g_file_test (none, G_FILE_TEST_EXISTS) || g_mkdir_with_parents (folder, 0700) < 0)
    return FALSE;
  result = picture_drawer_draw (drawer, data, length, &drawn, &drawn_length);
  if (result == PICTURE_REFUSED)
    g_file_set_contents_full (none, "", 0, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  return result == PICTURE_DRAWN
         && g_file_set_contents_full (copy, drawn, (gssize) drawn_length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

/**
 * picture_export:
 * @drawer: who draws it
 * @data: (array length=length): a picture that anybody may have made
 * @length: bytes in @data
 * @folder: takes the drawing; made where it is missing
 *
 * Blocks for as long as it is drawn.
 *
 * Returns: (transfer full) (nullable): a PNG in @folder; %NULL where it cannot be drawn, or not now
 */
char *
picture_export (PictureDrawer *drawer, const char *data, gsize length, const char *folder)
{
  /* By content, so that a changed picture is another file and nobody shows the old one. */
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, length);
  g_autofree char *copy = g_strconcat (folder, "/", sum, ".png", NULL);
  g_autofree char *none = g_strconcat (folder, "/", sum, ".none", NULL);

  return draw_once (drawer, data, length, copy, none, folder) ? g_steal_pointer (&copy) : NULL;
}

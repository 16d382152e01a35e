/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few hundred bytes of PNG or XPM can claim to be gigabytes of picture, which whoever draws it would allocate. That, and what is no
 * icon at all, is refused before anybody begins to draw; how long it may take is for picture-draw.c to see. */
#include "apps/picture-size.h"

#include <string.h>

#define MAX_SIDE 2048 /* no icon theme has larger ones */

static const char png_begin[] = "\211PNG\r\n\032\n";

/* The Portable Network Graphics Specification 11.2.2: the first chunk is IHDR, and begins with width and height. */
static gboolean
png_is_sane (const char *data, gsize length, guint32 max_side)
{
  guint32 width, height;

  if (length < 24 || memcmp (data + 12, "IHDR", 4) != 0)
    return FALSE;
  memcpy (&width, data + 16, sizeof width);
  memcpy (&height, data + 20, sizeof height);
  return GUINT32_FROM_BE (width) - 1 < max_side && GUINT32_FROM_BE (height) - 1 < max_side;
}

static gboolean
is_png (const char *data, gsize length)
{
  return length >= sizeof png_begin - 1 && memcmp (data, png_begin, sizeof png_begin - 1) == 0;
}

/* "width height colours characters" is the first string of the array. */
static gboolean
xpm_is_sane (const char *data, gsize length)
{
  const char *quote = memchr (data, '"', length);
  g_autofree char *values = quote != NULL ? g_strndup (quote + 1, MIN (64, length - (gsize) (quote + 1 - data))) : NULL;
  g_auto (GStrv) words = values != NULL ? g_strsplit_set (g_strchug (values), " \t", 3) : NULL;
  guint64 side;

  return words != NULL && g_strv_length (words) == 3 && g_ascii_string_to_unsigned (words[0], 10, 1, MAX_SIDE, &side, NULL)
         && g_ascii_string_to_unsigned (words[1], 10, 1, MAX_SIDE, &side, NULL);
}

/* Filter Effects 1.0: these primitives take as long as their numbers say. None is in a common icon theme. A text in another
 * encoding could hide their names. */
static gboolean
svg_is_sane (const char *data, gsize length)
{
  static const char *const costly[] = { "feTurbulence", "feConvolveMatrix", "feMorphology" };
  const char *end = g_strstr_len (data, (gssize) length, "?>"); /* of the declaration */
  const char *encoding = end != NULL ? g_strstr_len (data, end - data, "encoding") : NULL;

  if (memchr (data, '\0', length) != NULL || g_strstr_len (data, (gssize) length, "<svg") == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (costly); i++)
    if (g_strstr_len (data, (gssize) length, costly[i]) != NULL)
      return FALSE;
  if (encoding == NULL)
    return TRUE;

  g_autofree char *said = g_strndup (encoding, (gsize) (end - encoding));
  g_autofree char *word = g_ascii_strdown (said, -1);
  return strstr (word, "utf-8") != NULL || strstr (word, "ascii") != NULL || strstr (word, "iso-8859-") != NULL;
}

/**
 * picture_size_is_sane:
 * @data: (array length=length): a picture that anybody may have made
 * @length: bytes in @data
 *
 * Returns: whether it is a PNG or XPM no larger than an icon, or an SVG, which is drawn in any size, without what takes long
 */
gboolean
picture_size_is_sane (const char *data, gsize length)
{
  if (is_png (data, length))
    return png_is_sane (data, length, MAX_SIDE);
  if (g_strstr_len (data, (gssize) MIN (length, 256), "/* XPM */") != NULL)
    return xpm_is_sane (data, length);
  return svg_is_sane (data, length);
}

/**
 * picture_size_is_drawing:
 * @data: (array length=length): what a drawing program has answered
 * @length: bytes in @data
 * @max_side: the most pixels in each direction
 *
 * Returns: whether it is a PNG no larger than that
 */
gboolean
picture_size_is_drawing (const char *data, gsize length, guint max_side)
{
  return is_png (data, length) && png_is_sane (data, length, max_side);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apps/picture-draw.h"
#include "apps/picture-size.h"

#define BEGIN "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 100 100' "
#define PLAIN BEGIN "width='16' height='16'><rect width='50' height='50'/></svg>"

static PictureResult
draw (PictureDrawer *drawer, const char *picture)
{
  g_autofree char *drawn = NULL;
  gsize length = 0;
  PictureResult result = picture_drawer_draw (drawer, picture, strlen (picture), &drawn, &length);

  g_assert_true ((result == PICTURE_DRAWN) == (drawn != NULL));
  if (drawn != NULL)
    g_assert_true (picture_size_is_drawing (drawn, length, PICTURE_SIDE));
  return result;
}

/* Elements that each use the one before ten times. */
static char *
nested (void)
{
  GString *text = g_string_new (BEGIN "><g id='a0'><rect width='1' height='1'/></g>");

  for (int i = 1; i < 8; i++) {
    g_string_append_printf (text, "<g id='a%d'>", i);
    for (int j = 0; j < 10; j++)
      g_string_append_printf (text, "<use xlink:href='#a%d'/>", i - 1);
    g_string_append (text, "</g>");
  }
  g_string_append (text, "</svg>");
  return g_string_free (text, FALSE);
}

static char *
repeated (const char *begin, const char *part, int times, const char *end)
{
  GString *text = g_string_new (begin);

  for (int i = 0; i < times; i++)
    g_string_append (text, part);
  g_string_append (text, end);
  return g_string_free (text, FALSE);
}

static void
test_drawn (void)
{
  g_autoptr (PictureDrawer) drawer = picture_drawer_new ();

  for (int i = 0; i < 3; i++)
    g_assert_cmpint (draw (drawer, PLAIN), ==, PICTURE_DRAWN);
  g_assert_cmpint (draw (drawer, "<svg>"), ==, PICTURE_REFUSED);
  g_assert_cmpint (draw (drawer, ""), ==, PICTURE_REFUSED);
  g_assert_cmpint (draw (drawer, PLAIN), ==, PICTURE_DRAWN);
}

static double
child_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Each would take seconds or minutes. None costs more than its time, whatever else this computer does, and the next one is drawn. */
static void
test_costly (void)
{
  g_autofree char *uses = nested ();
  g_autofree char *arcs = repeated (BEGIN "><path d='M0 0", "a1e6 1e6 0 1 1 3 3", 3000, "'/></svg>");
  g_autofree char *strokes = repeated (BEGIN "><path stroke='red' stroke-width='1e9' stroke-linejoin='round' d='M0 0", "L1 1 2 3", 1000, "'/></svg>");
  g_autofree char *filters = repeated (BEGIN "><filter id='f'>", "<feGaussianBlur stdDeviation='20'/>", 5000, "</filter><rect width='99' height='99' filter='url(#f)'/></svg>");
  const char *const costly[] = { uses, arcs, strokes, filters };

  for (gsize i = 0; i < G_N_ELEMENTS (costly); i++) {
    g_autoptr (PictureDrawer) drawer = picture_drawer_new ();
    const double before = child_seconds ();

    g_assert_cmpint (draw (drawer, costly[i]), ==, PICTURE_REFUSED);
    g_assert_cmpfloat (child_seconds () - before, <, 2.0);
    g_assert_cmpint (draw (drawer, PLAIN), ==, PICTURE_DRAWN);
  }
}

/* What a picture names outside of itself is not drawn. */
static void
test_outside (void)
{
  g_autoptr (PictureDrawer) drawer = picture_drawer_new ();
  const char *begin = BEGIN ">", *end = "</svg>";
  g_autofree char *black = NULL, *without = NULL, *with = NULL, *path = NULL, *empty = NULL, *other = NULL;
  gsize black_length, without_length, with_length;
  int fd = g_file_open_tmp ("domicile-XXXXXX.png", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_cmpint (picture_drawer_draw (drawer, PLAIN, strlen (PLAIN), &black, &black_length), ==, PICTURE_DRAWN);
  g_assert_true (g_file_set_contents (path, black, (gssize) black_length, NULL));
  empty = g_strconcat (begin, end, NULL);
  other = g_strdup_printf ("%s<image width='90' height='90' xlink:href='file://%s'/><image width='90' height='90' xlink:href='%s'/>%s", begin, path,
                           path, end);
  g_assert_cmpint (picture_drawer_draw (drawer, empty, strlen (empty), &without, &without_length), ==, PICTURE_DRAWN);
  g_assert_cmpint (picture_drawer_draw (drawer, other, strlen (other), &with, &with_length), ==, PICTURE_DRAWN);
  g_assert_cmpmem (with, with_length, without, without_length);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture-draw/drawn", test_drawn);
  g_test_add_func ("/picture-draw/costly", test_costly);
  g_test_add_func ("/picture-draw/outside", test_outside);
  return g_test_run ();
}

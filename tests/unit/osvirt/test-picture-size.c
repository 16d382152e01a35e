/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/picture-size.h"

static void
test_pictures (void)
{
#define PNG(width, height) "\211PNG\r\n\032\n\0\0\0\rIHDR" width height "\10\6\0\0\0"
  static const struct {
    const char *data;
    gsize length;
    gboolean sane;
  } cases[] = {
#define CASE(text, sane) { text, sizeof (text) - 1, sane }
    CASE (PNG ("\0\0\0\60", "\0\0\0\60"), TRUE),
    CASE (PNG ("\0\0\10\0", "\0\0\10\0"), TRUE),
    CASE (PNG ("\0\0\10\1", "\0\0\0\1"), FALSE),
    CASE (PNG ("\0\0\0\1", "\0\1\0\0"), FALSE),
    CASE (PNG ("\177\377\377\377", "\177\377\377\377"), FALSE),
    CASE (PNG ("\0\0\0\0", "\0\0\0\1"), FALSE),
    CASE ("\211PNG\r\n\032\n", FALSE),
    CASE ("/* XPM */ static char *x[] = { \"16 16 2 1\", ", TRUE),
    CASE ("/* XPM */ static char *x[] = { \"100000 100000 2 1\", ", FALSE),
    CASE ("/* XPM */ static char *x[] = { \"-1 16 2 1\", ", FALSE),
    CASE ("/* XPM */ \"", FALSE),
    CASE ("/* XPM */", FALSE),
    CASE ("<?xml version='1.0'?><svg/>", TRUE),
    CASE ("<?xml version='1.0' encoding=\"UTF-8\" standalone=\"no\"?><svg><filter><feGaussianBlur/></filter></svg>", TRUE),
    CASE ("<svg><filter><feTurbulence numOctaves='100000'/></filter></svg>", FALSE),
    CASE ("<x:svg xmlns:x='http://www.w3.org/2000/svg'><x:filter><x:feMorphology radius='999'/></x:filter></x:svg><svg/>", FALSE),
    CASE ("<?xml version='1.0' encoding='UTF-7'?><svg>+ADw-</svg>", FALSE),
    CASE ("GIF89a", FALSE),
    CASE ("", FALSE),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (picture_size_is_sane (cases[i].data, cases[i].length) != cases[i].sane)
      g_error ("picture %" G_GSIZE_FORMAT " should be %d", i, cases[i].sane);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture-size/pictures", test_pictures);
  return g_test_run ();
}

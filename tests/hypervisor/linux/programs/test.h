/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a program of the tests reports. */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stdio.h>

static int failures;

static inline void
check (bool good, const char *text)
{
  printf ("%s: %s\n", good ? "ok" : "not ok", text);
  fflush (stdout);
  failures += !good;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a test guest reports: one line a check, which test_guests.py collects. */
#ifndef TEST_H
#define TEST_H

#include "pv.h"

/* For what must come: machines may be busy with other things. */
#define TEST_PATIENCE_NS 60000000000ull

#define check(condition, ...) report ((condition), __VA_ARGS__)

static inline void __attribute__ ((format (printf, 2, 3)))
report (bool good, const char *format, ...)
{
  char text[200];
  va_list args;
  va_start (args, format);
  pv_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  pv_printf ("%s: %s\n", good ? "ok" : "not ok", text);
}

#endif

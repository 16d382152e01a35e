/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts primes by trial division, in bursts of varying length. */
#include "user.h"

#define REPORT_MS 5000

static bool
is_prime (uint32_t number)
{
  for (uint32_t divisor = 3; divisor * divisor <= number; divisor += 2)
    if (number % divisor == 0)
      return false;
  return true;
}

/* Work and rest follow a triangle of 40 seconds, so that a chart of it moves. */
static uint32_t
burst_ms (uint32_t now)
{
  uint32_t phase = now / 1000 % 40;
  uint32_t level = phase < 20 ? phase : 40 - phase;
  return 20 + level * 12;
}

void
user_main (void)
{
  uint32_t candidate = 3, found = 1, last = 2, reported = uptime_ms ();
  char a[16], b[16];
  for (;;) {
    uint32_t start = uptime_ms (), length = burst_ms (start);
    while (uptime_ms () - start < length)
      for (uint32_t i = 0; i < 50; i++, candidate += 2)
        if (is_prime (candidate)) {
          found++;
          last = candidate;
        }
    if (uptime_ms () - reported >= REPORT_MS) {
      reported += REPORT_MS;
      print ("primes: number %s is %s\n", grouped (found, a), grouped (last, b));
    }
    sleep_ms (1000 - length);
  }
}

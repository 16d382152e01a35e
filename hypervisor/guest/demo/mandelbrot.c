/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws the Mandelbrot set in characters, line by line, a little deeper each time. Fixed
 * point, 4.28. */
#include "user.h"

#define ROWS       20
#define COLUMNS    64
#define ITERATIONS 400
#define ONE        (1 << 28)
#define DEPTHS     10
/* Where there is something to see at every depth. */
#define CENTRE_X (-199620423) /* -0.743644 */
#define CENTRE_Y 35386773     /* 0.131826 */

static int32_t
multiply (int32_t a, int32_t b)
{
  return (int32_t)((int64_t)a * b >> 28);
}

static uint32_t
escape_time (int32_t cx, int32_t cy)
{
  int32_t x = 0, y = 0;
  for (uint32_t i = 0; i < ITERATIONS; i++) {
    int32_t xx = multiply (x, x), yy = multiply (y, y);
    if (xx > 4 * (ONE / 2) || yy > 4 * (ONE / 2) || xx + yy > 4 * (ONE / 2) + 2 * (ONE / 2))
      return i;
    y = 2 * multiply (x, y) + cy;
    x = xx - yy + cx;
  }
  return ITERATIONS;
}

static char
shade (uint32_t time)
{
  static const char shades[] = " .:-=+*%@";
  if (time == ITERATIONS)
    return '#';
  uint32_t level = 0;
  while (time > 2 && level < sizeof shades - 2) {
    time /= 2;
    level++;
  }
  return shades[level];
}

static void
draw (int32_t centre_x, int32_t centre_y, int32_t half_width)
{
  char line[COLUMNS + 1];
  int32_t step = half_width / (COLUMNS / 2);
  for (int32_t row = 0; row < ROWS; row++) {
    for (int32_t column = 0; column < COLUMNS; column++)
      line[column] = shade (escape_time (centre_x + (column - COLUMNS / 2) * step,
                                         centre_y + (row - ROWS / 2) * 2 * step));
    line[COLUMNS] = 0;
    print ("%s\n", line);
    sleep_ms (250);
  }
}

void
user_main (void)
{
  for (uint32_t depth = 0;; depth = (depth + 1) % DEPTHS) {
    int32_t half_width = ONE / 2 * 3 >> depth;
    print ("mandelbrot: 2^%u times enlarged\n", depth);
    draw (depth == 0 ? -ONE / 2 : CENTRE_X, depth == 0 ? 0 : CENTRE_Y, half_width);
    sleep_ms (4000);
  }
}

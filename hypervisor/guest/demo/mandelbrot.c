/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Draws the Mandelbrot set, a little deeper each time: in colour, from coarse to fine, while it has
 * the display; in characters on the console, line by line, while it has not. Fixed point, 4.28.
 */
#include "canvas.h"

#define ROWS       20
#define COLUMNS    64
#define ITERATIONS 400
#define ONE        (1 << 28)
#define DEPTHS     10
#define COARSEST   16 /* pixels of a side */
#define PAUSE_MS   12 /* after each band: others want to compute too */
#define COLOURS    128
/* Where there is something to see at every depth. */
#define CENTRE_X (-199620423) /* -0.743644 */
#define CENTRE_Y 35386773     /* 0.131826 */

struct view {
  int32_t centre_x, centre_y, half_width;
};

static struct view
view_of (uint32_t depth)
{
  return (struct view){ .centre_x = depth == 0 ? -ONE / 2 : CENTRE_X,
                        .centre_y = depth == 0 ? 0 : CENTRE_Y,
                        .half_width = ONE / 2 * 3 >> depth };
}

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

/* ---- in characters ---- */

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

/* The next line of text; after the last one of a picture comes the first of the next. */
static void
print_line (void)
{
  static uint32_t depth, row;
  struct view view = view_of (depth);
  char line[COLUMNS + 1];
  int32_t step = view.half_width / (COLUMNS / 2);
  if (row == 0)
    print ("mandelbrot: 2^%u times enlarged\n", depth);
  for (int32_t column = 0; column < COLUMNS; column++)
    line[column] = shade (escape_time (view.centre_x + (column - COLUMNS / 2) * step,
                                       view.centre_y + ((int32_t)row - ROWS / 2) * 2 * step));
  line[COLUMNS] = 0;
  print ("%s\n", line);
  row = (row + 1) % ROWS;
  if (row == 0)
    depth = (depth + 1) % DEPTHS;
  sleep_ms (row == 0 ? 4000 : 250);
}

/* ---- in colour ---- */

static uint32_t palette[COLOURS];

/* Night, sea, foam, sand, ember, and round again. */
static void
make_palette (void)
{
  static const uint32_t stops[] = { 0x0b1030, 0x1f5fa8, 0xdff5f2, 0xf2b84b, 0x7a1f1d };
  const uint32_t n = sizeof stops / sizeof stops[0], part = COLOURS / n + 1;
  for (uint32_t i = 0; i < COLOURS; i++)
    palette[i] = canvas_mix (stops[i / part % n], stops[(i / part + 1) % n], i % part * 256 / part);
}

/* Times far from the set are told apart finely, those near it, where they change fast, coarsely. */
static uint32_t
colour (uint32_t time)
{
  if (time == ITERATIONS)
    return 0x05060a;
  return palette[(time < 32 ? time * 3 : 64 + time) % COLOURS];
}

/* One band of squares of `side` pixels; tries until the display is there. */
static void
draw_band (const struct view *view, const struct display_info *info, uint32_t y, uint32_t side)
{
  static uint32_t row[CANVAS_WIDTH_MAX];
  int32_t step = view->half_width * 2 / (int32_t)info->width;
  int32_t cy = view->centre_y + ((int32_t)(y + side / 2) - (int32_t)info->height / 2) * step;
  for (uint32_t x = 0; x < info->width; x += side) {
    int32_t cx = view->centre_x + ((int32_t)(x + side / 2) - (int32_t)info->width / 2) * step;
    uint32_t found = colour (escape_time (cx, cy));
    for (uint32_t i = x; i < x + side && i < info->width; i++)
      row[i] = found;
  }
  for (uint32_t i = y; i < y + side && i < info->height; i++)
    while (!canvas_put (0, i, info->width, 1, row))
      print_line ();
}

/* false: the picture has become another, black one. */
static bool
paint (const struct view *view, const struct display_info *info)
{
  struct display_info now;
  for (uint32_t side = COARSEST; side > 0; side /= 2)
    for (uint32_t y = 0; y < info->height; y += side) {
      draw_band (view, info, y, side);
      sleep_ms (PAUSE_MS);
      if (!canvas_look (&now) || now.epoch != info->epoch)
        return false;
    }
  return true;
}

static void
caption (uint32_t depth, const struct display_info *info)
{
  static const struct canvas_style style = { 2, 0xdff5f2, 0x05060a };
  char text[32] = " Mandelbrot, 1 x ", number[16];
  const char *times = grouped (1u << depth, number);
  memcpy (text + 13, times, strlen (times) + 1);
  memcpy (text + strlen (text), "x ", 3);
  canvas_fill (16, info->height - 40, (uint32_t)strlen (text) * canvas_advance (&style), 24,
               style.background);
  canvas_text (16, info->height - 35, &style, text);
}

void
user_main (void)
{
  struct display_info info;
  make_palette ();
  for (uint32_t depth = 0;; depth = (depth + 1) % DEPTHS) {
    struct view view = view_of (depth);
    while (!canvas_look (&info))
      print_line ();
    while (!paint (&view, &info))
      canvas_look (&info);
    caption (depth, &info);
    sleep_ms (5000);
  }
}

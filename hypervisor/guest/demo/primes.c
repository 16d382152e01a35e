/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts primes by trial division, in bursts of varying length. While it has the display, it winds
 * the numbers up in Ulam's spiral, shows what is typed, and paints where the mouse is held down.
 */
#include "canvas.h"

#define TICK_MS   40
#define REPORT_MS 5000

static bool
is_prime (uint32_t number)
{
  if (number < 3 || number % 2 == 0)
    return number == 2;
  for (uint32_t divisor = 3; divisor * divisor <= number; divisor += 2)
    if (number % divisor == 0)
      return false;
  return true;
}

/* ---- the count ---- */

static uint32_t candidate = 3, found = 1, last = 2;

/* Work and rest follow a triangle of 40 seconds, so that a chart of it moves. -> ms of a tick */
static uint32_t
burst_ms (uint32_t now)
{
  uint32_t phase = now / 1000 % 40;
  uint32_t level = phase < 20 ? phase : 40 - phase;
  return (20 + level * 12) * TICK_MS / 1000;
}

static void
count_for (uint32_t ms)
{
  uint32_t start = uptime_ms ();
  while (uptime_ms () - start < ms)
    for (uint32_t i = 0; i < 50; i++, candidate += 2)
      if (is_prime (candidate)) {
        found++;
        last = candidate;
      }
}

/* ---- the spiral ---- */

#define CELL       3u
#define SIDE       159 /* cells; odd, so that there is a middle */
#define MARGIN     2u
#define A_TICK     24 /* numbers */
#define BACKGROUND 0x0e1116u
#define COMPOSITE  0x1a2029u

static struct {
  uint32_t number;
  int32_t x, y, dx, dy;
  int32_t straight, done; /* cells of this side of the turn, and how many of them were drawn */
  bool second;            /* of two sides of one length */
  uint32_t hold;          /* ticks until the next spiral */
} spiral;

static void
spiral_start (uint32_t number)
{
  memset (&spiral, 0, sizeof spiral);
  spiral.number = number;
  spiral.x = spiral.y = SIDE / 2;
  spiral.dx = 1;
  spiral.straight = 1;
}

static void
spiral_step (void)
{
  spiral.number++;
  spiral.x += spiral.dx;
  spiral.y += spiral.dy;
  if (++spiral.done < spiral.straight)
    return;
  int32_t dx = spiral.dx;
  spiral.dx = spiral.dy;
  spiral.dy = -dx;
  spiral.done = 0;
  spiral.straight += spiral.second;
  spiral.second = !spiral.second;
}

/* Odd primes are of two kinds, those that are a sum of two squares and those that are not: gold and
   blue, paler further out. */
static uint32_t
spiral_colour (void)
{
  int32_t far = spiral.x - SIDE / 2, up = spiral.y - SIDE / 2;
  uint32_t out = (uint32_t)(far < 0 ? -far : far) + (uint32_t)(up < 0 ? -up : up);
  if (!is_prime (spiral.number))
    return COMPOSITE;
  return canvas_mix (spiral.number % 4 == 1 ? 0xffc857 : 0x4cc9f0,
                     spiral.number % 4 == 1 ? 0xe4572e : 0x7b5cd6, out * 256 / SIDE);
}

static void
spiral_tick (void)
{
  for (uint32_t i = 0; i < A_TICK; i++) {
    if (spiral.x < 0 || spiral.x >= SIDE || spiral.y < 0 || spiral.y >= SIDE) {
      if (spiral.hold++ > 200)
        spiral_start (spiral.number);
      return;
    }
    uint32_t colour = spiral_colour (), pixels[4] = { colour, colour, colour, colour };
    if (!canvas_put (MARGIN + (uint32_t)spiral.x * CELL, MARGIN + (uint32_t)spiral.y * CELL, 2, 2,
                     pixels))
      return;
    spiral_step ();
  }
}

/* ---- the panel beside it ---- */

#define PANEL         492u
#define PANEL_COLUMNS 12u
#define TYPED_TOP     226u
#define TYPED_LINES   14u
#define LINE_HEIGHT   18u

static const struct canvas_style title = { 3, 0xffc857, BACKGROUND };
static const struct canvas_style label = { 1, 0x8b98a9, BACKGROUND };
static const struct canvas_style value = { 2, 0xe6edf3, BACKGROUND };
static const struct canvas_style typed = { 2, 0x7ee787, BACKGROUND };

/* Padded, so that it covers what stood there. */
static void
show_value (uint32_t y, const char *text)
{
  char padded[PANEL_COLUMNS + 1];
  size_t length = strlen (text);
  memset (padded, ' ', PANEL_COLUMNS);
  memcpy (padded, text, length < PANEL_COLUMNS ? length : PANEL_COLUMNS);
  padded[PANEL_COLUMNS] = 0;
  canvas_text (PANEL, y, &value, padded);
}

static void
show_counts (void)
{
  char text[16];
  show_value (72, grouped (found, text));
  show_value (116, grouped (last, text));
}

static uint32_t typed_column, typed_line;

static void
clear_typed (void)
{
  typed_column = typed_line = 0;
  canvas_fill (PANEL, TYPED_TOP, 148, TYPED_LINES * LINE_HEIGHT, BACKGROUND);
}

static void
show_key (char character)
{
  char text[2] = { character, 0 };
  if (character == '\b') {
    if (typed_column > 0)
      typed_column--;
    text[0] = ' ';
  } else if (character == '\n' || typed_column == PANEL_COLUMNS) {
    typed_column = 0;
    typed_line++;
  }
  if (typed_line == TYPED_LINES || character == 27)
    clear_typed ();
  if (text[0] < ' ')
    return;
  canvas_text (PANEL + typed_column * canvas_advance (&typed), TYPED_TOP + typed_line * LINE_HEIGHT,
               &typed, text);
  typed_column += character != '\b';
}

static void
paint (const struct input_event *event, const struct display_info *info)
{
  if (event->value != 0 && event->x + 3 <= info->width && event->y + 3 <= info->height)
    canvas_fill (event->x, event->y, 3, 3, (event->value & 1) != 0 ? 0xff6b9d : 0x9effa9);
}

static void
take_input (const struct display_info *info)
{
  struct input_event events[16];
  long count = sys3 (SYS_input, (uint32_t)events, 16, 0);
  for (long i = 0; i < count; i++)
    if (events[i].kind == INPUT_KEY)
      show_key ((char)events[i].value);
    else
      paint (&events[i], info);
}

/* false: the display left meanwhile. */
static bool
start_picture (const struct display_info *info)
{
  clear_typed ();
  spiral_start (1);
  return canvas_fill (0, 0, info->width, info->height, BACKGROUND)
         && canvas_text (PANEL, 14, &title, "Primes") && canvas_text (PANEL, 58, &label, "found")
         && canvas_text (PANEL, 102, &label, "the latest")
         && canvas_text (PANEL, 162, &label, "Type something; the")
         && canvas_text (PANEL, 174, &label, "mouse paints; Escape")
         && canvas_text (PANEL, 186, &label, "wipes.")
         && canvas_fill (PANEL, 208, 132, 1, 0x2d3642);
}

static void
draw (void)
{
  static uint32_t epoch;
  struct display_info info;
  if (!canvas_look (&info) || !info.has_focus)
    return;
  if (info.epoch != epoch) {
    if (!start_picture (&info))
      return;
    epoch = info.epoch;
  }
  take_input (&info);
  spiral_tick ();
  show_counts ();
}

void
user_main (void)
{
  uint32_t reported = uptime_ms ();
  char a[16], b[16];
  for (;;) {
    uint32_t start = uptime_ms ();
    draw ();
    count_for (burst_ms (start));
    if (uptime_ms () - reported >= REPORT_MS) {
      reported += REPORT_MS;
      print ("primes: number %s is %s\n", grouped (found, a), grouped (last, b));
    }
    uint32_t spent = uptime_ms () - start;
    sleep_ms (spent < TICK_MS ? TICK_MS - spent : 1);
  }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pointer is drawn into the picture: what it covers is kept, and put back before anything is
 * drawn there. All of it is asked of the picture itself, which nobody else changes.
 */
#include "display.h"

#include "hid.h"

#define POINTER_WIDTH  11u
#define POINTER_HEIGHT 17u
#define QUEUE          64u /* a power of two */

/* '#' the arrow's outline, '.' its inside. */
static const char pointer_shape[POINTER_HEIGHT][POINTER_WIDTH + 1] = {
  "#          ", "##         ", "#.#        ", "#..#       ", "#...#      ", "#....#     ",
  "#.....#    ", "#......#   ", "#.......#  ", "#........# ", "#.....#####", "#..#..#    ",
  "#.# #..#   ", "##  #..#   ", "     #..#  ", "     #..#  ", "      ##   ",
};

static bool present;
static uint32_t epoch;
static struct {
  bool drawn;
  uint32_t x, y, width, height; /* what it covers: less than its shape at the edges */
  uint32_t under[POINTER_WIDTH * POINTER_HEIGHT];
} pointer;
static uint32_t pointer_x, pointer_y;
static bool pointer_moved; /* there is a mouse: show where it is */

static struct input_event queue[QUEUE];
static uint32_t queue_head, queue_tail;

static struct pv_hid_block
under_pointer (uint32_t *pixels)
{
  return (struct pv_hid_block){ .x = pointer.x,
                                .y = pointer.y,
                                .width = pointer.width,
                                .height = pointer.height,
                                .stride = POINTER_WIDTH,
                                .pixels = pixels };
}

static uint32_t
least (uint32_t a, uint32_t b)
{
  return a < b ? a : b;
}

static void
pointer_hide (void)
{
  struct pv_hid_block block = under_pointer (pointer.under);
  if (pointer.drawn && pv_hid_draw (&block))
    pointer.drawn = false;
}

static void
pointer_show (void)
{
  uint32_t pixels[POINTER_WIDTH * POINTER_HEIGHT];
  if (pointer.drawn || !pointer_moved)
    return;
  pointer.x = pointer_x;
  pointer.y = pointer_y;
  pointer.width = least (POINTER_WIDTH, pv_hid_mode.width - pointer_x);
  pointer.height = least (POINTER_HEIGHT, pv_hid_mode.height - pointer_y);
  struct pv_hid_block block = under_pointer (pointer.under);
  if (!pv_hid_grab (&block))
    return;
  for (uint32_t y = 0; y < POINTER_HEIGHT; y++)
    for (uint32_t x = 0; x < POINTER_WIDTH; x++) {
      char part = pointer_shape[y][x];
      uint32_t at = y * POINTER_WIDTH + x;
      pixels[at] = part == '#' ? 0x101010 : part == '.' ? 0xffffff : pointer.under[at];
    }
  block.pixels = pixels;
  pointer.drawn = true;
  pv_hid_draw (&block);
}

static void
put (struct input_event event)
{
  if (queue_head - queue_tail < QUEUE)
    queue[queue_head++ % QUEUE] = event;
}

static void
on_key (char character)
{
  put ((struct input_event){ .kind = INPUT_KEY, .value = (uint8_t)character });
}

static void
on_pointer (uint32_t x, uint32_t y, uint32_t buttons)
{
  pointer_hide ();
  pointer_x = x;
  pointer_y = y;
  pointer_moved = true;
  pointer_show ();
  put ((struct input_event){ .kind = INPUT_POINTER, .value = buttons, .x = x, .y = y });
}

static void
start (void)
{
  static const struct pv_hid_handlers handlers = { .key = on_key, .pointer = on_pointer };
  long had = pv_hid_start (&handlers);
  present = had >= 0;
  if (had == 1)
    return;
  pointer.drawn = false; /* a new picture is black */
  epoch++;
}

/* A domain that was moved has its picture again, unless the other machine has none left. */
static void
resume (void *data, bool moved)
{
  (void)data;
  if (moved)
    start ();
}

static void
suspend (void *data)
{
  (void)data;
}

void
display_init (void)
{
  static struct pv_suspend_user user = { .suspend = suspend, .resume = resume };
  start ();
  pv_suspend_add (&user);
}

long
display_info (struct display_info *info)
{
  *info = (struct display_info){ .width = pv_hid_mode.width,
                                 .height = pv_hid_mode.height,
                                 .has_focus = pv_hid_has_focus (),
                                 .epoch = epoch };
  return present ? 0 : -XEN_ENODEV;
}

static bool
covers_pointer (const struct pv_hid_block *block)
{
  return block->x < pointer.x + pointer.width && pointer.x < block->x + block->width
         && block->y < pointer.y + pointer.height && pointer.y < block->y + block->height;
}

long
display_draw (const struct display_block *wanted)
{
  struct pv_hid_block block = { wanted->x,      wanted->y,      wanted->width,
                                wanted->height, wanted->stride, (uint32_t *)wanted->pixels };
  if (!present)
    return -XEN_ENODEV;
  if (block.x > pv_hid_mode.width || block.width > pv_hid_mode.width - block.x
      || block.y > pv_hid_mode.height || block.height > pv_hid_mode.height - block.y)
    return -XEN_EINVAL;
  bool covered = pointer.drawn && covers_pointer (&block);
  if (covered)
    pointer_hide ();
  bool drawn = pv_hid_draw (&block);
  if (covered)
    pointer_show ();
  return drawn ? 0 : -XEN_EAGAIN;
}

long
display_input (struct input_event *events, uint32_t count)
{
  uint32_t stored = 0;
  while (stored < count && queue_tail != queue_head)
    events[stored++] = queue[queue_tail++ % QUEUE];
  return (long)stored;
}

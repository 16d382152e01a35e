/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Draws one picture that depends on the name of its image, and then only says what happens: the
 * focus coming and going, keys, the pointer. Without the focus it tries to draw all the same.
 */
#include "hid.h"
#include "test.h"

static bool drawn;
static uint32_t fault_status, fault_at;

/* What window.S does not catch is the attempt below: skip it. */
void
pv_on_data_abort (struct pv_context *context)
{
  if (pv_window_fault (context))
    return;
  fault_status = context->frame.info;
  fault_at = pv_fault_address ();
  context->frame.pc += 4;
}

static void
try_to_reach (uint32_t address, const char *what)
{
  fault_status = 0;
  asm volatile("str %0, [%1]" : : "r"(0xffffff), "r"(address) : "memory");
  pv_printf ("%s: status %03x at %08x\n", what, fault_status, fault_at);
}

static void
draw (void)
{
  uint32_t row[640];
  uint32_t seed = (uint8_t)pv_start->image[strlen (pv_start->image) - 1];
  struct pv_hid_block block = { .width = pv_hid_mode.width, .height = 1, .pixels = row };
  for (block.y = 0; block.y < pv_hid_mode.height; block.y++) {
    for (uint32_t x = 0; x < block.width; x++)
      row[x] = (x * seed + block.y * 7) % 256 << 16 | (block.y * seed) % 256 << 8 | seed;
    if (!pv_hid_draw (&block))
      return;
  }
  drawn = true;
}

static void
on_focus (bool has_focus)
{
  if (has_focus && !drawn)
    draw ();
  if (!has_focus) {
    struct pv_hid_block block = { .width = 1, .height = 1, .pixels = &fault_at };
    try_to_reach (PV_HID_PICTURE, "picture");
    try_to_reach (PV_HID_KEYBOARD, "keyboard");
    try_to_reach (PV_HID_MOUSE, "mouse");
    pv_printf ("driver: %s\n", pv_hid_draw (&block) ? "drew" : "gone");
  }
  pv_printf ("focus %u drawn %u\n", has_focus, drawn);
}

static void
on_key (char character)
{
  pv_printf ("key %c\n", character);
}

static void
on_pointer (uint32_t x, uint32_t y, uint32_t buttons)
{
  pv_printf ("pointer %u %u buttons %u\n", x, y, buttons);
}

void
pv_main (const struct pv_start_info *info)
{
  static const struct pv_hid_handlers handlers = { on_focus, on_key, on_pointer };
  (void)info;
  try_to_reach (PV_HID_PICTURE, "before");
  long error = pv_hid_start (&handlers);
  pv_printf (
      "attached: %d, again: %d, focus: %d, foreign picture: %d\n", (int)error,
      (int)pv_hid_op (PV_HID_ATTACH, 0), (int)pv_hid_op (PV_HID_FOCUS, info->domid),
      (int)pv_hid_op (PV_HID_READ, (uint32_t) & (struct pv_hid_read){ .domain = 0, .rows = 1 }));
  for (;;)
    pv_event_wait (0);
}

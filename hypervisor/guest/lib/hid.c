/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hid.h"

/* Registers of a PL050. */
#define KMI_CONTROL 0x00
#define KMI_STATUS  0x04
#define KMI_DATA    0x08
#define KMI_ON      0x14u /* enabled, interrupt on reception */
#define KMI_FULL    0x10u

#define MOUSE_REPORT       0xf4u /* command: send packets */
#define MOUSE_ACKNOWLEDGED 0xfau

struct pv_hid_mode pv_hid_mode;

static const struct pv_hid_handlers *handlers;
static bool has_focus;
static struct {
  uint32_t x, y, buttons;
  uint8_t packet[3];
  uint32_t bytes;
  bool answered; /* the command of start_devices() */
} mouse;

bool
pv_hid_has_focus (void)
{
  return has_focus;
}

static void
start_devices (void)
{
  pv_keyboard_reset ();
  mouse.bytes = 0;
  mouse.buttons = 0;
  mouse.answered = false;
  pv_window_store (PV_HID_KEYBOARD + KMI_CONTROL, KMI_ON);
  pv_window_store (PV_HID_MOUSE + KMI_CONTROL, KMI_ON);
  pv_window_store (PV_HID_MOUSE + KMI_DATA, MOUSE_REPORT);
}

static void
keyboard_byte (uint8_t byte)
{
  char character = pv_keyboard_byte (byte);
  if (character && handlers->key)
    handlers->key (character);
}

static uint32_t
moved (uint32_t at, int32_t by, uint32_t limit)
{
  int32_t to = (int32_t)at + by;
  return to < 0 ? 0 : (uint32_t)to >= limit ? limit - 1 : (uint32_t)to;
}

/* Three bytes a packet: signs and buttons, movement right, movement up. */
static void
mouse_byte (uint8_t byte)
{
  if (!mouse.answered) {
    mouse.answered = byte == MOUSE_ACKNOWLEDGED;
    return;
  }
  if (mouse.bytes == 0 && (byte & 0x08) == 0)
    return; /* not the first byte of a packet: in step again with the next */
  mouse.packet[mouse.bytes++] = byte;
  if (mouse.bytes < 3)
    return;
  mouse.bytes = 0;
  int32_t right = mouse.packet[1] - ((mouse.packet[0] & 0x10) != 0 ? 256 : 0);
  int32_t up = mouse.packet[2] - ((mouse.packet[0] & 0x20) != 0 ? 256 : 0);
  mouse.x = moved (mouse.x, right, pv_hid_mode.width);
  mouse.y = moved (mouse.y, -up, pv_hid_mode.height);
  mouse.buttons = mouse.packet[0] & 7u;
  if (handlers->pointer)
    handlers->pointer (mouse.x, mouse.y, mouse.buttons);
}

/* Reads until the device is empty; then it may interrupt again. */
static void
drain (uint32_t device, void (*take) (uint8_t byte))
{
  uint32_t status, data;
  while (pv_window_load (device + KMI_STATUS, &status) == 0 && (status & KMI_FULL) != 0) {
    if (pv_window_load (device + KMI_DATA, &data) != 0)
      return;
    take ((uint8_t)data);
  }
  pv_window_store (device + KMI_CONTROL, KMI_ON);
}

static void
changed (uint32_t port, void *data)
{
  bool now = (pv_hid_op (PV_HID_STATUS, 0) & (long)PV_HID_FOCUSED) != 0;
  (void)port;
  (void)data;
  if (now != has_focus) {
    has_focus = now;
    if (now)
      start_devices ();
    if (handlers->focus)
      handlers->focus (now);
  }
  if (has_focus) {
    drain (PV_HID_KEYBOARD, keyboard_byte);
    drain (PV_HID_MOUSE, mouse_byte);
  }
}

long
pv_hid_start (const struct pv_hid_handlers *wanted)
{
  long error = pv_hid_op (PV_HID_MODE, (uint32_t)&pv_hid_mode);
  if (error < 0)
    return error;
  handlers = wanted;
  error = pv_event_bind_virq (PV_VIRQ_HID, changed, NULL);
  if (error < 0 && error != -XEN_EEXIST)
    return error;
  do
    error = pv_hid_op (PV_HID_ATTACH, 0);
  while (error == -XEN_EAGAIN);
  if (error < 0 && error != -XEN_EEXIST)
    return error;
  bool kept = error == -XEN_EEXIST;
  if (!kept) {
    mouse.x = pv_hid_mode.width / 2;
    mouse.y = pv_hid_mode.height / 2;
  }
  /* Started anew on another machine, what was known of the devices is of the old ones. */
  bool had_focus = has_focus;
  has_focus = false;
  changed (0, NULL);
  if (had_focus && !has_focus && handlers->focus)
    handlers->focus (false);
  return kept;
}

static volatile uint32_t *
pixel_address (uint32_t x, uint32_t y)
{
  return (volatile uint32_t *)(PV_HID_PICTURE + y * pv_hid_mode.stride + x * 4);
}

bool
pv_hid_draw (const struct pv_hid_block *block)
{
  for (uint32_t row = 0; row < block->height; row++)
    if (pv_window_copy (pixel_address (block->x, block->y + row),
                        block->pixels + row * block->stride, block->width)
        != 0)
      return false;
  return true;
}

bool
pv_hid_grab (const struct pv_hid_block *block)
{
  for (uint32_t row = 0; row < block->height; row++)
    if (pv_window_copy (block->pixels + row * block->stride,
                        pixel_address (block->x, block->y + row), block->width)
        != 0)
      return false;
  return true;
}

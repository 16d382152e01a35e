/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's driver of the display, the keyboard and the mouse (pv/hid.h). The devices may leave at
 * any instruction: whatever touches them is in window.S, and says when it found nothing.
 */
#ifndef PV_LIB_HID_H
#define PV_LIB_HID_H

#include <pv/hid.h>
#include "pv.h"

/* They run where event handlers do; each may be NULL. */
struct pv_hid_handlers {
  /* The devices came or went. The picture is as it was when they went. */
  void (*focus) (bool has_focus);
  /* A key was pressed that has a character: ASCII, '\n', '\b', '\t', 27. */
  void (*key) (char character);
  /* The pointer moved or a button changed (bits: left, right, middle). */
  void (*pointer) (uint32_t x, uint32_t y, uint32_t buttons);
};

/* Gets a picture for this domain and listens; 0: it is black; 1: it is as it was, for the domain
   had it before, also on another machine; or a negative error (-XEN_ENOSPC: none is left). */
long pv_hid_start (const struct pv_hid_handlers *handlers);
extern struct pv_hid_mode pv_hid_mode;
bool pv_hid_has_focus (void);

/* Copies a block of pixels to the picture, or from it; false: the display is not here (any more).
   `stride`: words from one row of the block to the next. The block lies inside the picture. */
struct pv_hid_block {
  uint32_t x, y, width, height, stride;
  uint32_t *pixels;
};
bool pv_hid_draw (const struct pv_hid_block *block);
bool pv_hid_grab (const struct pv_hid_block *block);

/* window.S: 0, or -1 where the access faulted. */
long pv_window_copy (volatile uint32_t *to, const volatile uint32_t *from, uint32_t words);
long pv_window_load (uint32_t address, uint32_t *value);
long pv_window_store (uint32_t address, uint32_t value);

/* keyboard.c: one byte of scan code set 2; -> the character of a key that was pressed, or 0. */
char pv_keyboard_byte (uint8_t byte);
/* Forgets which keys are held. */
void pv_keyboard_reset (void);

#endif

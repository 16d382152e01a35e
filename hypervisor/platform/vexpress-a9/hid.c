/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Display (PL111), keyboard and mouse (PL050). Video memory holds a black picture, which is shown
 * when there is none to show, and behind it BOARD_PICTURES of one mode. The black one has half the
 * depth, and comes first so that twice its size is there, too: QEMU, where it draws while mode and
 * place change, goes on with the new mode in the old place, and aborts where that is too small.
 */
#include "core/string.h"
#include "arch/arm/layout.h"
#include "platform/platform.h"
#include "display.h"
#include "registers.h"

#define BLANK_BYTES (BOARD_PICTURE_BYTES / 2)
_Static_assert(BLANK_BYTES + BOARD_PICTURES * BOARD_PICTURE_BYTES <= BOARD_VRAM_SIZE, "video memory holds all pictures");

#define KMI_CONTROL   0x00
#define KMI_STATUS    0x04
#define KMI_DATA      0x08
#define KMI_ENABLE    0x04u
#define KMI_INTERRUPT 0x10u
#define KMI_FULL      0x10u /* status: a byte was received */
#define KMI_QUEUE     512   /* more bytes than either device keeps */

static void (*input_handler) (void);

static volatile uint32_t *
kmi (uint32_t device, uint32_t offset)
{
  return hv_device (device + offset);
}

/* Where a picture begins in video memory. */
static uint32_t
place (uint32_t number)
{
  return number < BOARD_PICTURES ? BLANK_BYTES + number * BOARD_PICTURE_BYTES : 0;
}

void *
hv_platform_picture (uint32_t number)
{
  return (char *)HV_VRAM + place (number);
}

uint32_t
hv_platform_picture_physical (uint32_t number)
{
  return BOARD_VRAM + place (number);
}

void
hv_platform_display_show (uint32_t number)
{
  *hv_device (BOARD_LCD + LCD_BASE) = hv_platform_picture_physical (number);
  *hv_device (BOARD_LCD + LCD_CONTROL) = number < BOARD_PICTURES ? LCD_CONTROL_24BPP : LCD_CONTROL_16BPP;
}

static void
reset_device (uint32_t device, bool interrupts)
{
  *kmi (device, KMI_CONTROL) = KMI_ENABLE;
  for (uint32_t i = 0; i < KMI_QUEUE && (*kmi (device, KMI_STATUS) & KMI_FULL) != 0; i++)
    (void)*kmi (device, KMI_DATA);
  if (interrupts)
    *kmi (device, KMI_CONTROL) = KMI_ENABLE | KMI_INTERRUPT;
}

void
hv_platform_input_reset (bool interrupts)
{
  reset_device (BOARD_KEYBOARD, interrupts);
  reset_device (BOARD_MOUSE, interrupts);
}

/* The line stays up until the byte is read, which the guest's driver does. */
void
hv_platform_input_interrupt (uint32_t irq)
{
  *kmi (irq == BOARD_IRQ_KEYBOARD ? BOARD_KEYBOARD : BOARD_MOUSE, KMI_CONTROL) = KMI_ENABLE;
  input_handler ();
}

void
hv_platform_hid_init (void (*input) (void))
{
  input_handler = input;
  memset (hv_platform_picture (BOARD_PICTURES), 0, BLANK_BYTES);
  *hv_device (BOARD_LCD + LCD_TIMING0) = LCD_TIMING0_VALUE;
  *hv_device (BOARD_LCD + LCD_TIMING1) = LCD_TIMING1_VALUE;
  *hv_device (BOARD_LCD + LCD_TIMING2) = LCD_TIMING2_VALUE;
  hv_platform_display_show (BOARD_PICTURES);
  hv_platform_input_reset (false);
}

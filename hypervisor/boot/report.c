/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/report.h"

#include "board.h"
#include "core/string.h"
#include "display.h"
#include "font.h"

#define UART_DATA    0x00
#define UART_FLAGS   0x18
#define UART_TX_FULL 0x20

#define TIMER_LOW     0x00
#define TIMER_CONTROL 0x08

#define MARGIN 40u
#define DARK   0x101418u
#define WHITE  0xf0f0f0u
#define RED    0xc01c28u
#define AMBER  0xe5a50au

static volatile uint32_t *
device (uint32_t offset)
{
  return (volatile uint32_t *)(BOARD_DEVICES + offset);
}

/* ---- the log ---- */

static void
log_text (const char *text)
{
  for (; *text; text++) {
    while ((*device (BOARD_UART0 + UART_FLAGS) & UART_TX_FULL) != 0)
      continue;
    *device (BOARD_UART0 + UART_DATA) = (uint8_t)*text;
  }
}

static void
log_line (const char *a, const char *b, const char *c)
{
  log_text ("(rom) ");
  log_text (a);
  log_text (b);
  log_text (c);
  log_text ("\r\n");
}

static const char *
number_text (uint32_t number, char text[12])
{
  char *at = text + 11;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return at;
}

/* ---- the display ---- */

static uint32_t *
pixel (uint32_t x, uint32_t y)
{
  return (uint32_t *)BOARD_VRAM + y * BOARD_PICTURE_WIDTH + x;
}

static void
fill (uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour)
{
  for (uint32_t row = 0; row < height; row++)
    for (uint32_t column = 0; column < width; column++)
      *pixel (x + column, y + row) = colour;
}

static void
draw_character (uint32_t x, uint32_t y, uint32_t scale, uint32_t colour, char character)
{
  if (character < ' ' || character > '~')
    return;
  for (uint32_t row = 0; row < FONT_HEIGHT; row++)
    for (uint32_t column = 0; column < FONT_WIDTH; column++)
      if ((font[character - ' '][row] >> (FONT_WIDTH - 1 - column) & 1) != 0)
        fill (x + column * scale, y + row * scale, scale, scale, colour);
}

/* Words from (MARGIN, y) on, on as many lines as it takes; -> where the next line is. */
static uint32_t
draw_text (uint32_t y, uint32_t scale, uint32_t colour, const char *text)
{
  uint32_t x = MARGIN, advance = (FONT_WIDTH + 1) * scale;
  for (; *text; text++) {
    uint32_t word = 0;
    while (text[word] && text[word] != ' ')
      word++;
    if (x > MARGIN && x + word * advance > BOARD_PICTURE_WIDTH - MARGIN) {
      x = MARGIN;
      y += (FONT_HEIGHT + 4) * scale;
    }
    draw_character (x, y, scale, colour, *text);
    x += advance;
  }
  return y + (FONT_HEIGHT + 6) * scale;
}

/* The clock that the hypervisor goes on with. */
static volatile uint32_t *
timer (uint32_t offset)
{
  return (volatile uint32_t *)(BOARD_DEVICES_CPU + BOARD_GLOBAL_TIMER + offset);
}

static void
display_on (void)
{
  *device (BOARD_LCD + LCD_TIMING0) = LCD_TIMING0_VALUE;
  *device (BOARD_LCD + LCD_TIMING1) = LCD_TIMING1_VALUE;
  *device (BOARD_LCD + LCD_TIMING2) = LCD_TIMING2_VALUE;
  *device (BOARD_LCD + LCD_BASE) = BOARD_VRAM;
  *device (BOARD_LCD + LCD_CONTROL) = LCD_CONTROL_24BPP;
}

/* -> where the next line is. */
static uint32_t
draw_alarm (const char *title, const char *reason)
{
  fill (0, 0, BOARD_PICTURE_WIDTH, BOARD_PICTURE_HEIGHT, DARK);
  fill (0, 0, BOARD_PICTURE_WIDTH, 12, RED);
  uint32_t y = draw_text (90, 3, WHITE, title);
  y = draw_text (y + 20, 2, AMBER, "Because");
  return draw_text (y, 2, WHITE, reason);
}

void
report_begin (void)
{
  *timer (TIMER_CONTROL) = 1;
  memset ((void *)BOARD_VRAM, 0, BOARD_PICTURE_BYTES);
  display_on ();
}

void
report_refusal (const char *reason, const char *image)
{
  log_line ("refused: ", reason, "");
  if (image)
    log_line ("image: ", image, "");
  log_line ("nothing was started", "", "");
  uint32_t y = draw_alarm ("This device does not start", reason);
  if (image) {
    y = draw_text (y + 12, 2, AMBER, "Image");
    y = draw_text (y, 2, WHITE, image);
  }
  draw_text (y + 24, 2, AMBER, "Nothing was run. Install images that the maker has sealed for this device.");
}

void
report_verified (const struct boot_info *info)
{
  char text[12];
  log_line ("verified: ", info->header.maker, info->developer ? " (developer keys)" : "");
  log_line ("version ", number_text (info->header.version, text), "");
  log_line ("took ", number_text (*timer (TIMER_LOW) / BOARD_TICKS_PER_US, text), " us");
  if (!info->developer)
    return;
  log_line ("these keys are a build's own: do not use this device for anything of worth", "", "");
  fill (0, 0, BOARD_PICTURE_WIDTH, 12, AMBER);
  uint32_t y = draw_text (90, 3, AMBER, "Developer keys");
  draw_text (y + 16, 2, WHITE, "The images are verified with keys that a build has made for itself.");
}

void
report_panic (const char *reason)
{
  display_on ();
  uint32_t y = draw_alarm ("The hypervisor has stopped", reason);
  draw_text (y + 24, 2, AMBER, "All domains have ended with it. The device is about to switch itself off.");
  /* Again, for a QEMU that was drawing just then: it shows the new mode in the old place until a register is written. */
  display_on ();
}

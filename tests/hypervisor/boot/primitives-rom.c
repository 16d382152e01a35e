/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the place of the boot ROM: tries the vectors in flash 1, and says on the log how it went. */
#include "board.h"
#include "primitives.h"

void rom_main (void);

static void
put (char character)
{
  *(volatile uint32_t *)(BOARD_DEVICES + BOARD_UART0) = (uint8_t)character;
}

static void
say (const char *text, uint32_t number)
{
  char digits[12];
  uint32_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (*text)
    put (*text++);
  while (at < sizeof digits)
    put (digits[at++]);
  put ('\n');
}

static void
failed (uint32_t number, uint32_t kind)
{
  say ("wrong: ", number);
  say ("of kind ", kind);
}

void
rom_main (void)
{
  say ("vectors: ", primitives_try ((const uint8_t *)BOARD_FLASH1, failed));
  for (;;)
    __asm__ volatile ("wfi");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flash (CFI, Intel command set): two chips of 16 bits side by side, each command to both. */
#include "boot/counter.h"

#include "board.h"
#include "boot/device.h"
#include "boot/open.h"

#define BOTH(command) ((command) | (command) << 16)

#define FLASH_READ    BOTH (0xffu)
#define FLASH_PROGRAM BOTH (0x40u)
#define FLASH_CLEAR   BOTH (0x50u)
#define FLASH_READY   BOTH (0x80u)
#define POLLS         1000000u

#define SCU_CONFIG 4u

static volatile uint32_t *
words (void)
{
  return (volatile uint32_t *)(BOARD_FLASH0 + COUNTER_OFFSET);
}

const uint32_t *
counter_words (void)
{
  return (const uint32_t *)(BOARD_FLASH0 + COUNTER_OFFSET);
}

/* While the flash is programmed it gives its status instead of what it holds: no processor may run from it. */
static void
wait_until_others_left_flash (void)
{
  uint32_t others = 0;
  const volatile uint32_t *flags = (const volatile uint32_t *)(BOARD_DEVICES + BOARD_SYS_NVFLAGS);
  const volatile uint32_t *scu = (const volatile uint32_t *)(BOARD_DEVICES_CPU + BOARD_SCU);
  for (uint32_t i = 1; i <= (scu[SCU_CONFIG / 4] & 3); i++)
    others |= 1u << i;
  while ((*flags & others) != others)
    __asm__ volatile ("yield");
}

static void
program (volatile uint32_t *word, uint32_t value)
{
  *word = FLASH_PROGRAM;
  *word = value;
  for (uint32_t i = 0; i < POLLS && (*word & FLASH_READY) != FLASH_READY; i++)
    continue;
  *word = FLASH_CLEAR;
  *word = FLASH_READ;
}

enum store_error
counter_advance (uint32_t from, uint32_t to)
{
  wait_until_others_left_flash ();
  for (uint32_t bit = from; bit < to;) {
    uint32_t end = (bit | 31) < to ? (bit | 31) + 1 : to;
    program (&words ()[bit / 32], end % 32 == 0 ? 0 : UINT32_MAX << end % 32);
    bit = end;
  }
  uint32_t value;
  return counter_value (counter_words (), &value) == STORE_OK && value == to ? STORE_OK : STORE_COUNTER_STUCK;
}

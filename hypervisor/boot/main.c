/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot ROM: verifies the store in flash 1, unseals the hypervisor, the policy and the control domain's kernel into SRAM,
 * and starts the hypervisor. Whatever is wrong ends here, with a reason on the log and the display.
 */
#include "board.h"
#include "boot/counter.h"
#include "boot/open.h"
#include "boot/report.h"
#include "core/string.h"

void rom_main (void) __attribute__ ((noreturn));
void rom_go (uint32_t entry) __attribute__ ((noreturn));

static struct boot_info *const info = (struct boot_info *)(BOARD_SRAM + BOOT_INFO_OFFSET);
static const uint8_t *const flash1 = (const uint8_t *)BOARD_FLASH1;
static const struct device_keys *const keys = (const struct device_keys *)(BOARD_FLASH0 + DEVICE_OFFSET);

static void
wipe (uint32_t offset, uint32_t size)
{
  memset ((uint8_t *)BOARD_SRAM + offset, 0, size);
}

/* Says why, leaves nothing that was unsealed, and stops for good. */
static void __attribute__ ((noreturn))
refuse (enum store_error error, const char *what)
{
  memset (info, 0, sizeof *info);
  wipe (0, BOOT_HYPERVISOR_ROOM);
  wipe (BOOT_POLICY_OFFSET, BOOT_POLICY_ROOM);
  wipe (BOOT_CONTROL_OFFSET, BOOT_CONTROL_ROOM);
  report_refusal (store_error_text (error), what);
  for (;;)
    __asm__ volatile ("cpsid aif; wfi");
}

static uint32_t
unseal (uint32_t number, uint32_t offset, uint32_t room)
{
  enum store_error error = store_unseal (info, flash1, number, (uint8_t *)BOARD_SRAM + offset, room);
  if (error)
    refuse (error, info->header.image[number].name);
  return info->header.image[number].size;
}

void
rom_main (void)
{
  uint32_t counter;
  report_begin ();
  enum store_error error = counter_value (counter_words (), &counter);
  if (!error)
    error = store_open (flash1, BOARD_FLASH_SIZE, keys, counter, info);
  if (error)
    refuse (error, NULL);
  unseal (store_find (info, STORE_HYPERVISOR), 0, BOOT_HYPERVISOR_ROOM);
  uint32_t policy = store_find (info, STORE_POLICY);
  if (policy < STORE_IMAGES)
    info->policy_size = unseal (policy, BOOT_POLICY_OFFSET, BOOT_POLICY_ROOM);
  unseal (info->control, BOOT_CONTROL_OFFSET, BOOT_CONTROL_ROOM);
  if (counter < info->header.version) {
    error = counter_advance (counter, info->header.version);
    if (error)
      refuse (error, NULL);
  }
  info->report = (uint32_t)report_panic;
  report_verified (info);
  rom_go (BOARD_SRAM);
}

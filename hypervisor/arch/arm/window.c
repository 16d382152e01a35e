/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The focus window (PV_HID_WINDOW): second-level tables of the hypervisor's own, one set a domain,
 * that stand in all directories of that domain, in the kernel's MMU domain. They are empty but
 * while the domain has the focus.
 */
#include <pv/hid.h>
#include "arch/arch.h"
#include "arch/arm/mmu.h"
#include "core/config.h"
#include "core/domain.h"

#define TABLES  2u
#define LINUX_FIXED 0xffc80000u /* from here on Linux has mappings at fixed addresses */
_Static_assert(HV_VRAM + BOARD_VRAM_SIZE <= PV_HID_WINDOW
                   && PV_HID_WINDOW + (TABLES << 20) <= LINUX_FIXED,
               "the window is last, and what is behind it remains free");
#define ENTRIES 256u /* of a table */

/* Readable and writable, never executable, of one address space; memory uncached, or device. */
#define PAGE_PICTURE 0xc73u
#define PAGE_DEVICE  0xc37u

static uint32_t table[HV_DOMAINS][TABLES * ENTRIES] __attribute__ ((aligned (PV_TABLE_SIZE)));

void
hv_window_share (uint32_t *directory, uint32_t slot)
{
  uint32_t physical = (uint32_t)table[slot] - HV_VIRTUAL + HV_PHYSICAL;
  for (uint32_t i = 0; i < TABLES; i++)
    directory[(PV_HID_WINDOW >> 20) + i] = (physical + i * PV_TABLE_SIZE) | PV_L1_KERNEL;
}

static uint32_t *
entry_of (const struct hv_domain *domain, uint32_t va)
{
  return &table[domain->slot][(va - PV_HID_WINDOW) >> 12];
}

void
hv_arch_window_open (const struct hv_domain *domain, uint32_t picture)
{
  for (uint32_t at = 0; at < BOARD_PICTURE_BYTES; at += HV_PAGE_SIZE)
    *entry_of (domain, PV_HID_PICTURE + at) = (picture + at) | PAGE_PICTURE;
  *entry_of (domain, PV_HID_KEYBOARD) = (BOARD_DEVICES + BOARD_KEYBOARD) | PAGE_DEVICE;
  *entry_of (domain, PV_HID_MOUSE) = (BOARD_DEVICES + BOARD_MOUSE) | PAGE_DEVICE;
  hv_mmu_flush_domain (domain);
}

void
hv_arch_window_close (const struct hv_domain *domain)
{
  for (uint32_t i = 0; i < TABLES * ENTRIES; i++)
    table[domain->slot][i] = 0;
  hv_mmu_flush_domain (domain);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/arm/mmu.h"

#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/direct.h"
#include "arch/arm/smp.h"
#include "arch/arm/vfp.h"
#include "boot/info.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/image.h"
#include "core/sched.h"
#include "core/units.h"
#include "platform/platform.h"

/* Start-up code puts the first entries in; guests get a copy of the upper part. */
uint32_t hv_directory[HV_L1_ENTRIES] __attribute__ ((aligned (PV_DIRECTORY_SIZE)));

#define PANIC_SECONDS 10u /* that its reason is on the display */

/* Frames that are not in the linear map, an extent a slot, one after the other. */
#define WINDOW_SLOTS 16u
#define WINDOW_ENTRY (PV_L2_PAGE | PV_L2_XN | (PV_L2_MEMORY & ~0x800u) | 0x10) /* AP = 001, global */
static uint32_t window_table[256] __attribute__ ((aligned (PV_TABLE_SIZE)));

static void
map (uint32_t virtual, uint32_t physical, uint32_t sections, uint32_t attributes)
{
  for (uint32_t i = 0; i < sections; i++)
    hv_directory[(virtual >> 20) + i] = (physical + (i << 20)) | attributes;
}

void
hv_arch_init (void)
{
  map (HV_DEVICES_CPU, BOARD_DEVICES_CPU, 1, HV_SECTION_DEVICE | HV_SECTION_XN);
  hv_dsb ();
  hv_smp_prepare ();
  /* Text is read-only, data is not executable. */
  map (HV_VIRTUAL, HV_PHYSICAL, 1, HV_SECTION_READONLY);
  map (HV_VIRTUAL + 0x100000, HV_PHYSICAL + 0x100000, HV_SRAM_SECTIONS - HV_BOOT_SECTIONS - 1,
       HV_SECTION_MEMORY | HV_SECTION_XN);
  map (HV_VIRTUAL + BOOT_INFO_OFFSET, HV_PHYSICAL + BOOT_INFO_OFFSET, HV_BOOT_SECTIONS,
       HV_SECTION_READONLY | HV_SECTION_XN);
  map (HV_PHYSMAP, BOARD_DRAM, HV_PHYSMAP_SIZE >> 20, HV_SECTION_MEMORY | HV_SECTION_XN);
  map (HV_FLASH1, BOARD_FLASH1, BOARD_FLASH_SIZE >> 20, HV_SECTION_READONLY | HV_SECTION_XN);
  map (HV_DEVICES, BOARD_DEVICES, 1, HV_SECTION_DEVICE | HV_SECTION_XN);
  map (HV_VRAM, BOARD_VRAM, BOARD_VRAM_SIZE >> 20, HV_SECTION_UNCACHED | HV_SECTION_XN);
  hv_directory[HV_WINDOW >> 20]
      = ((uint32_t)window_table - HV_VIRTUAL + HV_PHYSICAL) | PV_L1_TABLE; /* MMU domain 0 */
  hv_dsb ();
  hv_write_tlbiall (0);
  hv_dsb ();
  hv_isb ();
  hv_smp_init_cpu (0);
}

void
hv_mmu_forget_start (void)
{
  for (uint32_t i = 0; i < HV_L1_GUEST_END; i++)
    hv_directory[i] = 0;
  hv_dsb ();
  hv_write_tlbiallis (0);
  hv_dsb ();
  hv_isb ();
}

/* The ROM has the letters, and draws with them at physical addresses. It is never asked twice: what went wrong
   may have been that. */
void
hv_arch_show_panic (const char *reason)
{
  static bool shown;
  uint64_t until = hv_platform_ticks () + PANIC_SECONDS * 1000 * HV_MS;
  if (shown || !hv_boot)
    return;
  shown = true;
  map (HV_PHYSICAL + BOOT_ROM_OFFSET, HV_PHYSICAL + BOOT_ROM_OFFSET, 1, HV_SECTION_READONLY);
  map (BOARD_VRAM, BOARD_VRAM, BOARD_VRAM_SIZE >> 20, HV_SECTION_UNCACHED | HV_SECTION_XN);
  map (BOARD_DEVICES, BOARD_DEVICES, 1, HV_SECTION_DEVICE | HV_SECTION_XN);
  hv_dsb ();
  hv_write_ttbr0 (((uint32_t)hv_directory - HV_VIRTUAL + HV_PHYSICAL) | HV_TTBR_ATTRIBUTES);
  hv_write_tlbiall (0);
  hv_dsb ();
  hv_isb ();
  ((void (*) (const char *))hv_boot->report) (reason);
  hv_platform_timer_set (until);
  while (hv_platform_ticks () < until)
    hv_wfi ();
}

void
hv_arch_memory_init (uint32_t bytes)
{
  for (uint32_t at = bytes >> 20; at < HV_PHYSMAP_SIZE >> 20; at++)
    hv_directory[(HV_PHYSMAP >> 20) + at] = 0;
  hv_dsb ();
  hv_write_tlbiall (0);
  hv_dsb ();
  hv_isb ();
  hv_frames_init (bytes >> HV_PAGE_SHIFT, &hv_direct_hooks);
}

/* Another processor may have used the slot for something else meanwhile: its translation is
   forgotten each time, here alone. */
void *
hv_arch_map_high (uint32_t mfn)
{
  static uint32_t turn;
  uint32_t first = turn++ % WINDOW_SLOTS * HV_EXTENT_FRAMES;
  uint32_t va = HV_WINDOW + (first << HV_PAGE_SHIFT);
  uint32_t extent = mfn & ~(HV_EXTENT_FRAMES - 1);
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++)
    window_table[first + i] = (extent + i) << HV_PAGE_SHIFT | WINDOW_ENTRY;
  hv_dsb ();
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++)
    hv_write_tlbimva (va + (i << HV_PAGE_SHIFT));
  hv_dsb ();
  hv_isb ();
  return (void *)(va + (mfn - extent) * HV_PAGE_SIZE);
}

void
hv_mmu_share (uint32_t *directory, uint32_t slot)
{
  for (uint32_t i = HV_L1_GUEST_END; i < HV_L1_ENTRIES; i++)
    directory[i] = hv_directory[i];
  hv_window_share (directory, slot);
}

void
hv_mmu_flush_domain (const struct hv_domain *domain)
{
  uint32_t asid = hv_asid (domain, 0), left = domain->vcpus;
  hv_dsb ();
  do
    hv_write_tlbiasidis (asid++);
  while (--left > 0);
  hv_dsb ();
  hv_isb ();
}

void
hv_arch_flush (const struct hv_domain *domain)
{
  hv_mmu_flush_domain (domain);
}

/* ASID 0 maps nothing of any guest: it bridges the moment in which directory and ASID do not match.
 */
static inline void
load_address_space (uint32_t ttbr, uint32_t asid)
{
  hv_write_contextidr (0);
  hv_isb ();
  hv_write_ttbr0 (ttbr);
  hv_isb ();
  hv_write_contextidr (asid);
  hv_isb ();
}

/* What a guest may have changed without a trap. */
static inline void
save_registers (struct hv_arch_vcpu *arch)
{
  arch->dacr = hv_read_dacr ();
  arch->tpidrurw = hv_read_tpidrurw ();
}

/* The rare case by a detour, so that the usual one needs no stack. */
static void __attribute__ ((noinline))
switch_with_vfp (struct hv_vcpu *previous, struct hv_vcpu *next)
{
  hv_vfp_leave (&previous->arch);
  hv_arch_switch (previous, next);
}

void
hv_arch_switch (struct hv_vcpu *previous, struct hv_vcpu *next)
{
  if (previous) {
    if (previous->arch.vfp_live) {
      switch_with_vfp (previous, next);
      return;
    }
    save_registers (&previous->arch);
  }
  hv_clrex (); /* the next one's STREX must not succeed by an LDREX of this one */
  load_address_space (next->arch.ttbr, next->arch.asid);
  hv_write_dacr (next->arch.dacr);
  uint32_t tpidrurw = next->arch.tpidrurw, tpidruro = next->arch.tpidruro; /* one load */
  hv_write_tpidrurw (tpidrurw);
  hv_write_tpidruro (tpidruro);
}

void
hv_arch_switch_idle (struct hv_vcpu *previous)
{
  save_registers (&previous->arch);
  if (previous->arch.vfp_live)
    hv_vfp_leave (&previous->arch);
  load_address_space (((uint32_t)hv_directory - HV_VIRTUAL + HV_PHYSICAL) | HV_TTBR_ATTRIBUTES, 0);
}

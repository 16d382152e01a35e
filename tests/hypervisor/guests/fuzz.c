/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes hypercalls with hostile arguments, chosen at random from a seed in its command line. It may
 * well destroy itself; nobody else may notice.
 */
#include "test.h"

#define CALLS 20000

static uint32_t state;

static uint32_t
draw (void)
{
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static uint32_t buffer[1024];

/* Mostly one of the pages that this kernel can do without. */
static uint32_t
own_page (void)
{
  if (draw () % 32768 == 0)
    return draw () % pv_start->pages;
  return pv_start->first_free + draw () % (pv_start->pages - pv_start->first_free);
}

static uint32_t
own_frame (void)
{
  return ((const uint32_t *)(uintptr_t)pv_start->p2m)[own_page ()];
}

/* Numbers that have a meaning somewhere are likelier to do harm than any others. */
static uint32_t
argument (void)
{
  switch (draw () % 12) {
  case 0:
    return draw ();
  case 1:
    return draw () % 64;
  case 2:
    return (uint32_t)buffer + draw () % sizeof buffer;
  case 3:
    return PV_HYPERVISOR_START + draw () % (0u - PV_HYPERVISOR_START);
  case 4:
    return own_frame ();
  case 5:
    return own_frame () << PV_PAGE_SHIFT | PV_L2_RW;
  case 6:
    return own_frame () << PV_PAGE_SHIFT | PV_L1_KERNEL;
  case 7:
    return pv_start->directory + draw () % PV_DIRECTORY_SIZE;
  case 8:
    return DOMID_SELF;
  case 9:
    return 0u - draw () % 64;
  case 10:
    return own_frame () << PV_PAGE_SHIFT | draw () % PV_PAGE_SIZE;
  default:
    return PV_KERNEL_START + own_page () * PV_PAGE_SIZE + draw () % 1024 * 4;
  }
}

void
pv_main (const struct pv_start_info *info)
{
  static const uint8_t numbers[]
      = { 1, 1, 13, 14, 14, 15, 17, 18, 26, 26, 32, 32, 35, 36, 48, 49, 50, 60 };
  state = 2463534242u;
  for (const char *at = info->command_line; *at; at++)
    state = state * 31 + (uint8_t)*at;
  for (uint32_t i = 0; i < CALLS; i++) {
    for (uint32_t j = 0; j < 16; j++)
      buffer[draw () % 1024] = argument ();
    uint32_t number = numbers[draw () % sizeof numbers], first = argument ();
    /* To unmap its own memory would only end the run early. */
    if (number == __HYPERVISOR_update_va_mapping && first >= PV_KERNEL_START
        && first < PV_KERNEL_START + pv_start->first_free * PV_PAGE_SIZE)
      first += pv_start->first_free * PV_PAGE_SIZE;
    pv_hypercall4 (number, first, argument (), argument (), draw () % 4 ? DOMID_SELF : argument ());
  }
  pv_shutdown (SHUTDOWN_poweroff);
}

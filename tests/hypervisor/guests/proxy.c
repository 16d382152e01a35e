/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proxy.h"

#include "grant.h"
#include "pv.h"

/* Where a directory could be, too. */
static uint32_t pages[PROXY_PAGES][PV_PAGE_SIZE / 4] __attribute__ ((aligned (PV_DIRECTORY_SIZE)));
static uint32_t tables[PV_PAGE_SIZE / 4] __attribute__ ((aligned (PV_PAGE_SIZE)));
static struct proxy *proxy;

/* A load or store of the test: says so and goes on behind it. */
void
pv_on_data_abort (struct pv_context *context)
{
  proxy->fault = context->frame.info;
  context->frame.pc += 4;
}

static void
obey (uint32_t port, void *data)
{
  (void)data;
  if (proxy->answered == proxy->asked)
    return;
  proxy->fault = 0;
  switch (proxy->command) {
  case PROXY_HYPERCALL:
    proxy->result = (int32_t)pv_hypercall4 (proxy->args[0], proxy->args[1], proxy->args[2],
                                            proxy->args[3], proxy->args[4]);
    break;
  case PROXY_LOAD:
    proxy->result = (int32_t) * (volatile uint32_t *)(uintptr_t)proxy->args[0];
    break;
  case PROXY_STORE:
    *(volatile uint32_t *)(uintptr_t)proxy->args[0] = proxy->args[1];
    break;
  default:
    pv_shutdown (SHUTDOWN_poweroff);
  }
  __atomic_store_n (&proxy->answered, proxy->asked, __ATOMIC_RELEASE);
  pv_event_send (port);
}

static void
open_window (void)
{
  const uint32_t *directory = (const uint32_t *)(uintptr_t)pv_start->directory;
  uint32_t frame = pv_frame_of (tables), first = PV_GRANT_WINDOW >> 20;
  pv_update_va_mapping ((uint32_t)tables, frame << PV_PAGE_SHIFT | PV_L2_RO, UVMF_INVLPG);
  for (uint32_t i = first; i < first + 4; i++) {
    struct mmu_update update
        = { .ptr = ((uint64_t)pv_frame_of (&directory[i]) << PV_PAGE_SHIFT) + i * 4 % PV_PAGE_SIZE,
            .val = ((frame << PV_PAGE_SHIFT) + (i - first) * PV_TABLE_SIZE) | PV_L1_KERNEL };
    pv_mmu_update (&update, 1, NULL);
  }
}

void
pv_main (const struct pv_start_info *info)
{
  proxy = (struct proxy *)(uintptr_t)info->device_page;
  open_window ();
  proxy->self = info->device_page;
  proxy->window = PV_GRANT_WINDOW;
  proxy->window_tables = pv_frame_of (tables);
  proxy->grant_table = info->grant_table;
  proxy->directory = pv_frame_of ((const void *)(uintptr_t)info->directory);
  proxy->directory_page = info->directory;
  for (uint32_t i = 0; i < PROXY_PAGES; i++) {
    proxy->page[i] = (uint32_t)pages[i];
    proxy->frame[i] = pv_frame_of (pages[i]);
    for (uint32_t j = 0; j < PV_PAGE_SIZE / 4; j++)
      pages[i][j] = i;
  }
  pv_event_set_handler (info->device_port, obey, NULL);
  __atomic_store_n (&proxy->ready, 1, __ATOMIC_RELEASE);
  pv_event_send (info->device_port);
  for (;;)
    pv_event_wait (0);
}

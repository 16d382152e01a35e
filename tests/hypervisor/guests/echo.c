/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control domain that sends back what comes over the channel. */
#include "pv.h"

static char buffer[PV_CHANNEL_MAX];

static void
changed (uint32_t port, void *data)
{
  (void) port;
  *(bool *) data = true;
}

void
pv_main (const struct pv_start_info *info)
{
  bool ready = true;
  pv_printf ("echo: domain %u, %u pages\n", info->domid, info->pages);
  pv_event_bind_virq (PV_VIRQ_CHANNEL, changed, &ready);
  for (;;) {
    long length = pv_channel_op (PV_CHANNEL_READ, buffer, sizeof buffer);
    for (long done = 0; done < length;) {
      long sent = pv_channel_op (PV_CHANNEL_WRITE, buffer + done, (uint32_t) (length - done));
      if (sent == 0)
        pv_event_wait (0);
      else if (sent < 0)
        pv_panic ("channel: %d", (int) sent);
      else
        done += sent;
    }
    if (length <= 0)
      pv_event_wait (0);
  }
}

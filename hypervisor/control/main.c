/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain. Everything happens in one loop: take requests from the channel, send what
 * events are due, write, and block until there is more or until an event is due.
 */
#include "channel.h"
#include "events.h"
#include "pv.h"
#include "service.h"

static struct json_writer writer;

void
pv_main (const struct pv_start_info *info)
{
  pv_printf ("control domain: domain %u with %u KiB, ready for requests\n", info->domid,
             info->pages * (PV_PAGE_SIZE / 1024));
  json_writer_init (&writer, channel_write);
  service_init (&writer);
  events_init (&writer);
  channel_init ();
  for (;;) {
    bool busy = channel_receive (service_line, service_line_too_long);
    uint64_t deadline_ns = events_run (pv_time_ns ());

    json_flush (&writer);
    if (!busy) {
      pv_event_wait (deadline_ns);
    }
  }
}

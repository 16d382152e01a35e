/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain. Everything happens in one loop: take requests from the channel, send what
 * events are due, write, and block until there is more or until an event is due.
 */
#include "channel.h"
#include "device.h"
#include "disk.h"
#include "events.h"
#include "grant.h"
#include "graph.h"
#include "guard.h"
#include "network.h"
#include "pv.h"
#include "service.h"
#include "state.h"
#include "watchdog.h"

static struct json_writer writer;

/* A domain wrote to its console. */
static void
on_console (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  events_scan_soon ();
}

/* A domain ended, or something else is new about it. */
static void
on_domain (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  events_scan_soon ();
  watchdog_look_soon ();
  guard_look ();
}

static uint64_t
earlier (uint64_t a, uint64_t b)
{
  return a == 0 || (b != 0 && b < a) ? b : a;
}

static void
listen_to (uint32_t virq, pv_event_handler handler)
{
  long port = pv_event_bind_virq (virq, handler, NULL);

  if (port < 0) {
    pv_panic ("control: no event channel for virtual interrupt %u: error %d\n", virq, (int)-port);
  }
}

/* A device of the machine is done with something: the drivers look for it in their turn. */
static void
on_io (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static void
listen_to_io (void)
{
  long port = pv_event_bind_virq (PV_VIRQ_IO, on_io, NULL);

  if (port < 0) {
    pv_panic ("control: no event channel for the machine's devices: error %d\n", (int)-port);
  }
}

/* A page of a guest that is gone must not take this domain with it. */
void
pv_on_data_abort (struct pv_context *context)
{
  if (!pv_grant_fault (pv_fault_address ())) {
    pv_panic ("data abort at %08x, address %08x, status %03x", context->frame.pc,
              pv_fault_address (), context->frame.info);
  }
}

/* What the host's side waits for was asked of the one before, which may have ended in a line. */
static void
tell_of_new_start (void)
{
  static const char line[]
      = "\n{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":\"0\",\"seq\":1,"
        "\"time_us\":0,\"topic\":\"restart\",\"data\":{}}}\n";

  channel_write (line, sizeof line - 1);
}

void
pv_main (const struct pv_start_info *info)
{
  pv_printf ("control domain: domain %u with %u KiB, ready for requests\n", info->domid,
             info->pages * (PV_PAGE_SIZE / 1024));
  json_writer_init (&writer, channel_write);
  service_init (&writer);
  events_init (&writer);
  channel_init ();
  if ((info->flags & PV_START_AGAIN) != 0) {
    tell_of_new_start ();
  }
  listen_to_io ();
  disks_start ();
  network_start ();
  devices_start ();
  if ((info->flags & PV_START_AGAIN) != 0) {
    state_start_again ();
  }
  listen_to (VIRQ_CON_RING, on_console);
  listen_to (VIRQ_DOM_EXC, on_domain);
  watchdog_look_soon (); /* of one that ended while there was no control domain */
  for (;;) {
    bool busy = channel_receive (service_line, service_line_too_long);
    bool more = devices_run ();
    uint64_t deadline_ns;

    busy |= state_run ();

    if (!busy && !channel_is_connected ()) {
      events_reset (); /* nobody listens any more */
    }
    deadline_ns = earlier (events_run (pv_time_ns ()), graph_run (pv_time_ns ()));
    deadline_ns = earlier (deadline_ns, state_deadline_ns ());
    deadline_ns = earlier (deadline_ns, watchdog_run (pv_time_ns ()));

    json_flush (&writer);
    port_run_restart ();
    if (!busy && !more) {
      pv_event_wait (deadline_ns);
    }
  }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures a read of 4 KiB through front and back end: the control domain with its own main loop,
 * which counts what all processors did while a guest reads, and then what reading costs it alone.
 * And a frame of 1514 bytes from one guest to another through the bridge: two guests that send
 * frames to and fro.
 */
#include <pv/arch.h>
#include <xen/sched.h>
#include "channel.h"
#include "device-methods.h"
#include "disk.h"
#include "events.h"
#include "network.h"
#include "port.h"
#include "pv.h"
#include "service.h"

#define TURNS  512u
#define WARMUP 32u

static struct json_writer writer;

static void
on_event (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

/* One turn of the control domain (hypervisor/control/main.c). */
static void
turn (void)
{
  bool busy = channel_receive (service_line, service_line_too_long);
  bool more = devices_run ();
  uint64_t deadline_ns = events_run (pv_time_ns ());

  json_flush (&writer);
  if (!busy && !more) {
    pv_event_wait (deadline_ns);
  }
}

/* Time that the processors were not idle. */
static uint64_t
busy_ns (void)
{
  uint64_t now = pv_time_ns (), busy = 0;
  struct pv_sysctl info = { .cmd = PV_SYSCTL_CPUINFO };

  for (; pv_sysctl (&info) == 0; info.index++) {
    busy += now - info.u.cpuinfo.idle_ns;
  }
  return busy;
}

/* Starts a guest from the image of this name. */
static uint32_t
start_guest (const char *name,
             const char *image,
             const char *command_line,
             struct pv_device_config device)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CREATE };
  const struct pv_device_config devices[PV_DEVICES_MAX] = { device };
  uint32_t which, id;

  memcpy (operation.u.create.name, name, strlen (name));
  memcpy (operation.u.create.image, image, strlen (image));
  memcpy (operation.u.create.command_line, command_line, strlen (command_line));
  operation.u.create.vcpus = 1;
  if (port_domctl (&operation) != 0) {
    pv_panic ("cannot create %s", name);
  }
  id = operation.domain;
  if (devices_give (id, devices, &which) != 0) {
    pv_panic ("%s gets no device", name);
  }
  operation = (struct pv_domctl){ .cmd = PV_DOMCTL_UNPAUSE, .domain = id };
  port_domctl (&operation);
  return id;
}

static void
end_guest (uint32_t id)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_DESTROY, .domain = id };

  devices_detach_soon (id);
  port_domctl (&operation);
}

/* What all processors do while a guest's device goes from `from` requests to `to`. */
static uint64_t
measure_requests (uint32_t id, uint32_t from, uint32_t to)
{
  uint64_t start;

  while (device_get (id, 0)->requests < from) {
    turn ();
  }
  start = busy_ns ();
  while (device_get (id, 0)->requests < to) {
    turn ();
  }
  return busy_ns () - start;
}

static uint64_t
measure_guest (void)
{
  uint32_t id = start_guest ("reader", "reader", "",
                             (struct pv_device_config){ .type = PV_DEVICE_BLOCK, .name = "data" });
  uint64_t ns = measure_requests (id, WARMUP, WARMUP + TURNS);

  end_guest (id);
  return ns / TURNS;
}

/* `window`: frames on their way at a time, as text. Each is counted when it goes and when it comes.
 */
static uint64_t
measure_frames (const char *window)
{
  uint32_t south = start_guest (
      "south", "frames", "",
      (struct pv_device_config){ .type = PV_DEVICE_NET, .mac = { 2, 0, 0, 0, 0, 2 } });
  uint32_t north;
  uint64_t ns;

  while (device_get (south, 0)->back.state != XenbusStateConnected) {
    turn ();
  }
  north = start_guest (
      "north", "frames", window,
      (struct pv_device_config){ .type = PV_DEVICE_NET, .mac = { 2, 0, 0, 0, 0, 1 } });
  ns = measure_requests (north, WARMUP, WARMUP + TURNS);
  end_guest (north);
  end_guest (south);
  return ns / TURNS;
}

static uint64_t
measure_alone (void)
{
  static uint8_t buffer[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
  struct pv_io_block_request request = { .operation = PV_IO_READ,
                                         .sector = disk_find ("data")->first,
                                         .segments = 1,
                                         .segment = { { (uint32_t)buffer, sizeof buffer } } };
  struct pv_io_completion completion;
  uint64_t start = busy_ns ();

  for (uint32_t i = 0; i < TURNS; i++) {
    pv_io_op (PV_IO_BLOCK_SUBMIT, &request, 1);
    while (pv_io_op (PV_IO_BLOCK_COLLECT, &completion, 1) != 1) {
      pv_event_wait (0);
    }
  }
  return (busy_ns () - start) / TURNS;
}

void
pv_main (const struct pv_start_info *info)
{
  uint64_t guest, alone;

  (void)info;
  json_writer_init (&writer, channel_write);
  service_init (&writer);
  events_init (&writer);
  channel_init ();
  pv_event_bind_virq (PV_VIRQ_IO, on_event, NULL);
  pv_event_bind_virq (VIRQ_DOM_EXC, on_event, NULL);
  disks_start ();
  network_start ();
  guest = measure_guest ();
  alone = measure_alone ();
  pv_printf ("figure: block-read 1 %u\n", (uint32_t)(guest - alone));
  pv_printf ("figure: block-device 1 %u\n", (uint32_t)alone);
  pv_printf ("figure: net-frame 1 %u\n", (uint32_t)measure_frames ("1"));
  pv_printf ("figure: net-frame-16 1 %u\n", (uint32_t)measure_frames ("16"));
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}

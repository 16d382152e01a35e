/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures a read of 4 KiB through front and back end: the control domain with its own main loop, which
 * counts what all processors did while a guest reads, and then what reading costs it alone.
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

static uint32_t
start_reader (void)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CREATE };
  const struct pv_device_config devices[PV_DEVICES_MAX] = { { .type = PV_DEVICE_BLOCK, .name = "data" } };
  uint32_t which, id;

  memcpy (operation.u.create.name, "reader", sizeof "reader");
  memcpy (operation.u.create.image, "reader", sizeof "reader");
  operation.u.create.vcpus = 1;
  if (port_domctl (&operation) != 0) {
    pv_panic ("cannot create the reader");
  }
  id = operation.domain;
  if (devices_give (id, devices, &which) != 0) {
    pv_panic ("the reader gets no disk");
  }
  operation = (struct pv_domctl){ .cmd = PV_DOMCTL_UNPAUSE, .domain = id };
  port_domctl (&operation);
  return id;
}

static uint64_t
measure_guest (void)
{
  uint32_t id = start_reader ();
  uint64_t start;

  while (device_get (id, 0)->requests < WARMUP) {
    turn ();
  }
  start = busy_ns ();
  while (device_get (id, 0)->requests < WARMUP + TURNS) {
    turn ();
  }
  return busy_ns () - start;
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
  return busy_ns () - start;
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
  guest = measure_guest () / TURNS;
  alone = measure_alone () / TURNS;
  pv_printf ("figure: block-read 1 %u\n", (uint32_t)(guest - alone));
  pv_printf ("figure: block-device 1 %u\n", (uint32_t)alone);
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}

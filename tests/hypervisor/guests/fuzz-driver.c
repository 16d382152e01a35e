/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the test with random hypercalls: starts domains that make them until there
 * were CALLS, while two witnesses watch over their own memory. It waits twice for the test to look
 * at the machine from outside. As the image "races" it gives each of those domains four vCPUs.
 */
#include "test.h"

#define CALLS   1000000u
#define RACES   500000u
#define MOST    200u /* domains: each may destroy itself at any time */
#define MS      1000000ull
#define PATIENT (20000 * MS)
#define STUCK   (500 * MS) /* without a call: all its vCPUs are down, or spoilt */

static uint32_t vcpus = 1;

static struct pv_domctl op;

static uint32_t
free_kib (void)
{
  struct pv_sysctl info = { .cmd = PV_SYSCTL_PHYSINFO };
  pv_sysctl (&info);
  return info.u.physinfo.free_kib;
}

static long
command (uint32_t cmd, uint32_t domain)
{
  memset (&op, 0, sizeof op);
  op.cmd = cmd;
  op.domain = domain;
  return pv_domctl (&op);
}

static const struct pv_domain_info *
info_of (uint32_t domain)
{
  command (PV_DOMCTL_GET_INFO, domain);
  return &op.u.info;
}

static uint32_t
start (const char *name, const char *image, const char *command_line)
{
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_CREATE;
  memcpy (op.u.create.name, name, strlen (name));
  memcpy (op.u.create.image, image, strlen (image));
  memcpy (op.u.create.command_line, command_line, strlen (command_line));
  op.u.create.vcpus = strcmp (image, "fuzz") == 0 ? vcpus : 1;
  op.u.create.memory_kib = 2048;
  op.u.create.max_memory_kib = 2560;
  long error = pv_domctl (&op);
  if (error < 0)
    pv_panic ("cannot start %s: %d", name, (int)error);
  uint32_t id = op.domain;
  command (PV_DOMCTL_UNPAUSE, id);
  return id;
}

static bool
is_over (uint32_t domain)
{
  uint32_t now = info_of (domain)->state;
  return now == PV_STATE_SHUTDOWN || now == PV_STATE_CRASHED || now == PV_STATE_SAVED;
}

static void
something (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

/* Waits until the domain has ended, or has made so many calls. */
static void
wait_for (uint32_t domain, uint64_t calls)
{
  uint64_t patience = vcpus > 1 && calls == UINT64_MAX ? STUCK : PATIENT;
  uint64_t until = pv_time_ns () + patience, made = 0;
  while (!is_over (domain) && op.u.info.hypercalls < calls && pv_time_ns () < until) {
    if (op.u.info.hypercalls > made && patience == STUCK)
      until = pv_time_ns () + patience;
    made = op.u.info.hypercalls;
    pv_event_wait (pv_time_ns () + 20 * MS);
  }
}

/* The test looks at the machine; a byte on the channel says that it has. Without a channel nobody looks. */
static void
look (const char *what)
{
  char byte;
  pv_printf ("look: %s\n", what);
  while (pv_channel_op (PV_CHANNEL_READ, &byte, 1) == 0)
    pv_event_wait (0);
}

void
pv_main (const struct pv_start_info *info)
{
  uint64_t calls = 0, refused = 0, passes[2];
  uint32_t witness[2], domains = 0, ended = 0, enough = CALLS;
  if (strcmp (info->image, "races") == 0) {
    vcpus = PV_VCPUS_MAX;
    enough = RACES;
  }
  pv_event_bind_virq (VIRQ_DOM_EXC, something, NULL);
  pv_event_bind_virq (PV_VIRQ_CHANNEL, something, NULL);
  for (uint32_t i = 0; i < 2; i++) {
    witness[i] = start (i ? "witness-b" : "witness-a", "witness", "");
    wait_for (witness[i], 3);
  }
  command (PV_DOMCTL_PAUSE, witness[1]); /* one watches itself, the other is looked at from outside */
  uint32_t before = free_kib ();
  look ("before");
  for (; calls < enough && domains < MOST; domains++) {
    char seed[12];
    pv_snprintf (seed, sizeof seed, "seed%u", domains);
    uint32_t domain = start ("fuzz", "fuzz", seed);
    wait_for (domain, UINT64_MAX);
    ended += is_over (domain);
    calls += op.u.info.hypercalls;
    refused += op.u.info.faults;
    command (PV_DOMCTL_DESTROY, domain);
  }
  check (calls >= enough && refused > enough / 20,
         "%llu random hypercalls of %u domains with %u vCPUs, %llu refused and recorded", calls, domains,
         vcpus, refused);
  check (ended == domains || vcpus > 1, "each came to an end of its own, or has no vCPU left: %u of %u",
         ended, domains);
  check (free_kib () == before, "no memory is lost");
  uint32_t last = start ("fuzz", "fuzz", "stopped");
  wait_for (last, 20000);
  command (PV_DOMCTL_PAUSE, last);
  for (uint32_t i = 0; i < 2; i++) {
    passes[i] = info_of (witness[i])->hypercalls;
    if (i == 1)
      command (PV_DOMCTL_UNPAUSE, witness[1]);
    wait_for (witness[i], passes[i] + 2);
    check (!is_over (witness[i]) && op.u.info.hypercalls >= passes[i] + 2,
           "witness %u has looked at all of its memory again, and goes on", i);
  }
  command (PV_DOMCTL_PAUSE, witness[1]);
  look ("after");
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}

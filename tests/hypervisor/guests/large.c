/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the test of how long the hypervisor keeps its lock: everything that takes long by its
 * size, each as large as can be. Domains are made, watched, looked through, and given back.
 */
#include "test.h"
#include "grant.h"
#include <pv/state.h>
#include <xen/errno.h>

#define LARGE_KIB 98304u
#define MAPPED    1024u /* times that one page is mapped */

static struct pv_domctl op;

static long
command (uint32_t cmd, uint32_t domain)
{
  op.cmd = cmd;
  op.domain = domain;
  return pv_domctl (&op);
}

static uint32_t
create (const char *image, uint32_t kib, uint32_t flags)
{
  memset (&op, 0, sizeof op);
  memcpy (op.u.create.name, image, strlen (image));
  memcpy (op.u.create.image, image, strlen (image));
  op.u.create.memory_kib = kib;
  op.u.create.vcpus = 1;
  op.u.create.flags = flags;
  long result = command (PV_DOMCTL_CREATE, 0);
  if (result != 0)
    pv_panic ("%s cannot be created: %d", image, (int)result);
  return op.domain;
}

static void
destroy (const char *what, uint32_t domain)
{
  check (command (PV_DOMCTL_DESTROY, domain) == 0, "%s is given back", what);
}

static void
something (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static uint32_t
state_of (uint32_t domain)
{
  command (PV_DOMCTL_GET_INFO, domain);
  return op.u.info.state;
}

static void
directories (void)
{
  static char text[16385];
  uint32_t domain = create ("tables", 0, 0);
  command (PV_DOMCTL_UNPAUSE, domain);
  while (state_of (domain) != PV_STATE_SHUTDOWN && op.u.info.state != PV_STATE_CRASHED)
    pv_event_wait (0);
  check (op.u.info.state == PV_STATE_SHUTDOWN, "the domain with large directories came to its end");
  memset (&op.u, 0, sizeof op.u);
  op.u.console.buffer = (uint32_t)text;
  op.u.console.length = sizeof text - 1;
  if (command (PV_DOMCTL_CONSOLE_READ, domain) == 0)
    text[op.u.console.length] = 0;
  pv_console_write (text, strlen (text));
  destroy ("it", domain);
}

static void
log_dirty (uint32_t domain, uint32_t what, const char *text)
{
  static uint32_t words[PV_LOG_DIRTY_WORDS];
  long result;
  memset (&op.u, 0, sizeof op.u);
  do {
    op.u.log_dirty.op = what;
    op.u.log_dirty.count = PV_LOG_DIRTY_WORDS;
    op.u.log_dirty.buffer = (uint32_t)words;
    result = command (PV_DOMCTL_LOG_DIRTY, domain);
  } while (result == 0 && what != PV_LOG_DIRTY_ENABLE && what != PV_LOG_DIRTY_CLEAN && op.u.log_dirty.first != 0);
  check (result == 0, "%s", text);
}

/* As for saving or moving it. */
static void
look_through (uint32_t domain)
{
  static struct pv_memory_item items[PV_USES_MAX];
  static uint32_t frames[PV_USES_MAX];
  static uint8_t pages[PV_PAGES_MAX][PV_PAGE_SIZE];
  uint32_t next = 0, found = 0;
  log_dirty (domain, PV_LOG_DIRTY_ENABLE, "a large domain is watched");
  log_dirty (domain, PV_LOG_DIRTY_WATCH, "all its tables are gone through");
  log_dirty (domain, PV_LOG_DIRTY_CLEAN, "what it has written is read");
  do {
    op.u.memory_list = (struct pv_memory_list){ .first = next, .count = PV_USES_MAX, .buffer = (uint32_t)items };
    if (command (PV_DOMCTL_MEMORY_LIST, domain) != 0)
      break;
    next = op.u.memory_list.first;
    uint32_t count = op.u.memory_list.count;
    for (uint32_t i = 0; i < count; i++)
      frames[i] = items[i].frame;
    found += count;
    op.u.pages = (struct pv_pages){ .frames = (uint32_t)frames, .count = count };
    command (PV_DOMCTL_PAGES_READ, domain);
    op.u.pages = (struct pv_pages){ .frames = (uint32_t)frames, .data = (uint32_t)pages, .count = PV_PAGES_MAX };
    if (count >= PV_PAGES_MAX)
      command (PV_DOMCTL_PAGES_READ, domain);
  } while (next != 0);
  check (found == LARGE_KIB / 4, "all its %u pages are found", found);
  log_dirty (domain, PV_LOG_DIRTY_OFF, "it is not watched any more");
}

static void
large (void)
{
  uint32_t domain = create ("tables", LARGE_KIB, 0);
  look_through (domain);
  destroy ("a large domain", domain);
  domain = create ("tables", LARGE_KIB, PV_CREATE_EMPTY);
  destroy ("a large empty domain", domain);
}

/* A page of another domain, mapped as often as one can, when that domain goes. */
static void
mappings (void)
{
  static uint32_t references[MAPPED];
  static void *pages[MAPPED];
  memset (&op, 0, sizeof op);
  memcpy (op.u.create.command_line, "give", 5);
  memcpy (op.u.create.name, "give", 5);
  memcpy (op.u.create.image, "tables", 7);
  op.u.create.vcpus = 1;
  if (command (PV_DOMCTL_CREATE, 0) != 0)
    pv_panic ("no domain gives");
  uint32_t domain = op.domain, reference = 0;
  command (PV_DOMCTL_UNPAUSE, domain);
  while (pv_grant_map (domain, &reference, 1, false, &pages[0]) != 0) {
    reference = (reference + 1) % 64;
    pv_sched_op (SCHEDOP_yield, NULL);
  }
  uint32_t mapped = 1;
  references[0] = reference;
  while (mapped < MAPPED && pv_grant_map (domain, &references[0], 1, false, &pages[mapped]) == 0)
    mapped++;
  check (mapped == MAPPED, "a page is mapped %u times", mapped);
  destroy ("the domain whose page it is", domain);
  for (uint32_t i = 0; i < mapped; i++)
    pv_grant_unmap (&pages[i], 1);
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pv_event_bind_virq (VIRQ_DOM_EXC, something, NULL);
  directories ();
  large ();
  mappings ();
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}

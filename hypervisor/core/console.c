/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/console.h"

#include <xen/errno.h>
#include <pv/arch.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/ring.h"
#include "platform/platform.h"

#define CHUNK  256u
#define IO_MAX 16384u /* bytes of one call that reads */
#define WRITE_MAX 4096u /* and that writes: each goes to the log as well, perhaps */

static void
append (struct hv_domain *domain, const char *bytes, uint32_t length)
{
  struct hv_console *console = &domain->console;
  for (uint32_t i = 0; i < length; i++)
    console->out[(uint32_t)console->written++ & (HV_CONSOLE_OUT - 1)] = bytes[i];
  if (domain->log)
    hv_platform_log (bytes, length);
}

static long
guest_write (struct hv_domain *domain, uint32_t length, uint32_t buffer)
{
  char chunk[CHUNK];
  uint32_t done = 0;
  while (done < length) {
    uint32_t part = length - done < CHUNK ? length - done : CHUNK;
    if (hv_copy_from_guest (chunk, buffer + done, part))
      break;
    append (domain, chunk, part);
    done += part;
  }
  hv_guard_spend (domain, PV_GUARD_CONSOLE, done);
  if (done > 0)
    hv_event_raise (hv_control, VIRQ_CON_RING);
  return done < length && done == 0 ? -XEN_EFAULT : (long)done;
}

static long
guest_read (struct hv_domain *domain, uint32_t length, uint32_t buffer)
{
  struct hv_console *console = &domain->console;
  char chunk[CHUNK];
  uint32_t count = 0, tail = console->in_tail;
  while (count < length && count < CHUNK && tail != console->in_head)
    chunk[count++] = console->in[tail++ % HV_CONSOLE_IN];
  if (hv_copy_to_guest (buffer, chunk, count))
    return -XEN_EFAULT;
  console->in_tail = tail;
  return (long)count;
}

long
hv_console_io (struct hv_domain *domain, uint32_t cmd, uint32_t length, uint32_t buffer)
{
  if (cmd == CONSOLEIO_write)
    return guest_write (domain, length < WRITE_MAX ? length : WRITE_MAX, buffer);
  if (cmd == CONSOLEIO_read)
    return guest_read (domain, length, buffer);
  return -XEN_ENOSYS;
}

long
hv_console_read (const struct hv_console *console,
                 uint32_t buffer,
                 uint32_t length,
                 uint64_t *since,
                 uint64_t *next)
{
  if (length > IO_MAX)
    length = IO_MAX;
  return hv_ring_read (console->out, HV_CONSOLE_OUT, console->written, buffer, length, since, next);
}

long
hv_console_type (struct hv_domain *domain, uint32_t buffer, uint32_t length)
{
  struct hv_console *console = &domain->console;
  uint32_t room = HV_CONSOLE_IN - (console->in_head - console->in_tail);
  char chunk[HV_CONSOLE_IN];
  uint32_t count = length < room ? length : room;
  if (hv_copy_from_guest (chunk, buffer, count))
    return -XEN_EFAULT;
  for (uint32_t i = 0; i < count; i++)
    console->in[console->in_head++ % HV_CONSOLE_IN] = chunk[i];
  if (count > 0)
    hv_event_raise (domain, VIRQ_CONSOLE);
  return (long)count;
}

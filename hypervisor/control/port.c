/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port.h"

#include "pv.h"

/* Most bytes that one console call moves. */
#define CONSOLE_MAX 16384

long
port_domctl (struct pv_domctl *operation)
{
  return pv_domctl (operation);
}

long
port_sysctl (struct pv_sysctl *operation)
{
  return pv_sysctl (operation);
}

long
port_symbols_read (uint32_t index, uint32_t offset, void *buffer, size_t length)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_SYMBOLS, .index = index };
  long error;

  operation.u.symbols.buffer = (uint32_t)buffer;
  operation.u.symbols.length = (uint32_t)length;
  operation.u.symbols.offset = offset;
  error = pv_sysctl (&operation);
  return error != 0 ? error : (long)operation.u.symbols.length;
}

long
port_console_read (
    uint32_t id, char *buffer, size_t size, uint64_t since, struct port_console *position)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CONSOLE_READ, .domain = id };
  long error;

  operation.u.console.buffer = (uint32_t)buffer;
  operation.u.console.length = size < CONSOLE_MAX ? size : CONSOLE_MAX;
  operation.u.console.since = since;
  error = pv_domctl (&operation);
  if (error != 0) {
    return error;
  }
  position->start = operation.u.console.since;
  position->next = operation.u.console.next;
  return (long)operation.u.console.length;
}

long
port_console_write (uint32_t id, const char *bytes, size_t length)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_CONSOLE_WRITE, .domain = id };
  long error;

  operation.u.console.buffer = (uint32_t)bytes;
  operation.u.console.length = length < CONSOLE_MAX ? length : CONSOLE_MAX;
  error = pv_domctl (&operation);
  return error != 0 ? error : (long)operation.u.console.length;
}

long
port_focus (uint32_t id)
{
  return pv_hid_op (PV_HID_FOCUS, id);
}

void
port_display_mode (struct pv_hid_mode *mode)
{
  memset (mode, 0, sizeof *mode);
  pv_hid_op (PV_HID_MODE, (uint32_t)mode);
}

long
port_picture_read (uint32_t id, uint32_t row, uint32_t *rows, char *buffer)
{
  struct pv_hid_read read
      = { .domain = id, .row = row, .rows = *rows, .buffer = (uint32_t)buffer };
  long error = pv_hid_op (PV_HID_READ, (uint32_t)&read);

  *rows = read.rows;
  return error;
}

uint64_t
port_time_ns (void)
{
  return pv_time_ns ();
}

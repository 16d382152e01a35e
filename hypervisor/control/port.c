/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port.h"

#include "network.h"
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
port_policy (struct pv_policy_op *operation)
{
  return pv_policy_op (operation);
}

long
port_audit_read (uint64_t since, struct pv_audit_record *records, uint32_t room, uint64_t *next)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_AUDIT_READ };
  long error;

  operation.u.audit.buffer = (uint32_t)records;
  operation.u.audit.records = room;
  operation.u.audit.since = since;
  error = pv_sysctl (&operation);
  *next = operation.u.audit.next;
  return error < 0 ? error : (long)operation.u.audit.records;
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
port_manifest_read (uint32_t offset, void *buffer, size_t length)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_BOOT };
  long error;

  operation.u.boot.offset = offset;
  operation.u.boot.buffer = (uint32_t)buffer;
  operation.u.boot.length = length;
  error = pv_sysctl (&operation);
  return error != 0 ? error : (long)operation.u.boot.length;
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
  struct pv_hid_read read = { .domain = id, .row = row, .rows = *rows, .buffer = (uint32_t)buffer };
  long error = pv_hid_op (PV_HID_READ, (uint32_t)&read);

  *rows = read.rows;
  return error;
}

long
port_picture_write (uint32_t id, uint32_t row, uint32_t rows, const char *buffer)
{
  struct pv_hid_read write
      = { .domain = id, .row = row, .rows = rows, .buffer = (uint32_t)buffer };

  return pv_hid_op (PV_HID_WRITE, (uint32_t)&write);
}

long
port_state_read (void *buffer, size_t size)
{
  return pv_channel_op (PV_CHANNEL_READ | PV_CHANNEL_STATE, buffer, (uint32_t)size);
}

long
port_state_write (const void *bytes, size_t length)
{
  return pv_channel_op (PV_CHANNEL_WRITE | PV_CHANNEL_STATE, (void *)bytes, (uint32_t)length);
}

bool
port_state_connected (void)
{
  return pv_channel_op (PV_CHANNEL_STATUS | PV_CHANNEL_STATE, NULL, 0) == PV_CHANNEL_CONNECTED;
}

long
port_memory_list (uint32_t id, uint32_t *first, struct pv_memory_item *items, uint32_t *count)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_MEMORY_LIST, .domain = id };
  long error;

  operation.u.memory_list = (struct pv_memory_list){
    .first = *first,
    .count = *count,
    .buffer = (uint32_t)items,
  };
  error = pv_domctl (&operation);
  *first = operation.u.memory_list.first;
  *count = operation.u.memory_list.count;
  return error;
}

long
port_pages (uint32_t cmd, uint32_t id, uint32_t *frames, void *data, uint32_t count)
{
  struct pv_domctl operation = { .cmd = cmd, .domain = id };

  operation.u.pages = (struct pv_pages){
    .frames = (uint32_t)frames,
    .data = (uint32_t)data,
    .count = count,
  };
  return pv_domctl (&operation);
}

long
port_vcpu (uint32_t cmd, uint32_t id, uint32_t vcpu, struct pv_vcpu_context *context)
{
  struct pv_domctl operation = { .cmd = cmd, .domain = id };

  operation.u.vcpu = (struct pv_vcpu_at){ .vcpu = vcpu, .context = (uint32_t)context };
  return pv_domctl (&operation);
}

long
port_log_dirty (uint32_t id, uint32_t op, uint32_t first, uint32_t *words, uint32_t count)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_LOG_DIRTY, .domain = id };
  long error;

  operation.u.log_dirty = (struct pv_log_dirty){
    .op = op,
    .first = first,
    .count = count,
    .buffer = (uint32_t)words,
  };
  error = pv_domctl (&operation);
  return error != 0 ? error : (long)operation.u.log_dirty.first;
}

uint64_t
port_time_ns (void)
{
  return pv_time_ns ();
}

bool
port_next_flow (uint32_t *at, struct port_flow *flow)
{
  struct network_flow frames;

  if (!network_next_flow (at, &frames)) {
    return false;
  }
  *flow = (struct port_flow){ frames.from, frames.to, PORT_FLOW_NET, frames.frames };
  return true;
}

static bool restart_wanted;

void
port_restart (void)
{
  restart_wanted = true;
}

void
port_run_restart (void)
{
  if (restart_wanted) {
    pv_shutdown (SHUTDOWN_reboot);
  }
}

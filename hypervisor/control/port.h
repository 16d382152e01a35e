/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control domain asks of the hypervisor; nothing else here makes a hypercall. Host tests
 * put a model of the hypervisor behind these functions.
 */
#ifndef CONTROL_PORT_H
#define CONTROL_PORT_H

#include "base.h"
#include <pv/control.h>
#include <pv/hid.h>

/* 0 or a negative XEN_E*; see pv/control.h. */
long port_domctl (struct pv_domctl *operation);
long port_sysctl (struct pv_sysctl *operation);

/* Reads bytes of the symbol table of image `index`. -> bytes read, or a negative XEN_E*. */
long port_symbols_read (uint32_t index, uint32_t offset, void *buffer, size_t length);

struct port_console {
  uint64_t start; /* number of the first byte read */
  uint64_t next;  /* number of the byte after the last one */
};

/* Reads what domain `id` wrote from byte number `since` on. -> bytes read, or a negative XEN_E*. */
long port_console_read (
    uint32_t id, char *buffer, size_t size, uint64_t since, struct port_console *position);
/* Types on the console of domain `id`. -> bytes taken, or a negative XEN_E*. */
long port_console_write (uint32_t id, const char *bytes, size_t length);

/* Gives display and input to domain `id`. */
long port_focus (uint32_t id);
void port_display_mode (struct pv_hid_mode *mode);
/* Copies at most *rows rows of the picture of domain `id`, and not more than PV_HID_READ_MAX bytes; *rows
   says how many. */
long port_picture_read (uint32_t id, uint32_t row, uint32_t *rows, char *buffer);

/* Nanoseconds since the hypervisor started. */
uint64_t port_time_ns (void);

#endif

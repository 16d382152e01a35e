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
#include <pv/policy.h>

/* 0 or a negative XEN_E*; see pv/control.h. */
long port_domctl (struct pv_domctl *operation);
long port_sysctl (struct pv_sysctl *operation);
/* The same for commands of pv/policy.h. */
long port_policy (struct pv_policy_op *operation);

/* Reads at most `room` refusals from number `since` on; `next` is the number of the one to come. ->
   how many, or a negative XEN_E*. */
long
port_audit_read (uint64_t since, struct pv_audit_record *records, uint32_t room, uint64_t *next);

/* Reads bytes of the symbol table of image `index`. -> bytes read, or a negative XEN_E*. */
long port_symbols_read (uint32_t index, uint32_t offset, void *buffer, size_t length);

/* Reads bytes of the manifest of secure boot, the maker's signature behind it. -> bytes read, 0 past the end, or a
   negative XEN_E*. */
long port_manifest_read (uint32_t offset, void *buffer, size_t length);
/* Signs `nonce` and the manifest with the attestation key. 0 or a negative XEN_E*. */
long port_attest (const uint8_t *nonce, size_t length, uint8_t signature[64]);

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
/* Copies at most *rows rows of the picture of domain `id`, and not more than PV_HID_READ_MAX bytes;
   *rows says how many. */
long port_picture_read (uint32_t id, uint32_t row, uint32_t *rows, char *buffer);
/* Gives rows to a domain that is being restored, from the first on. 0 or a negative XEN_E*. */
long port_picture_write (uint32_t id, uint32_t row, uint32_t rows, const char *buffer);

/* How much went from one domain to another since some beginning. */
struct port_flow {
  uint32_t from, to;
  enum { PORT_FLOW_EVENT, PORT_FLOW_GRANT, PORT_FLOW_BLOCK, PORT_FLOW_NET } kind;
  uint64_t count;
};

/* Frames that the network here carried. `at` begins with 0; -> false past the last. */
bool port_next_flow (uint32_t *at, struct port_flow *flow);

/* The channel for states (pv/channel.h): bytes moved, 0: none can be now, or a negative XEN_E*. */
long port_state_read (void *buffer, size_t size);
long port_state_write (const void *bytes, size_t length);
bool port_state_connected (void);

/* Commands of pv/state.h on domain `id`; 0 or a negative XEN_E*. */
long port_memory_list (uint32_t id, uint32_t *first, struct pv_memory_item *items, uint32_t *count);
/* `cmd`: PV_DOMCTL_PAGES_READ or PV_DOMCTL_PAGES_WRITE; `data` may be NULL for reading. */
long port_pages (uint32_t cmd, uint32_t id, uint32_t *frames, void *data, uint32_t count);
/* `cmd`: PV_DOMCTL_GET_VCPU or PV_DOMCTL_SET_VCPU. */
long port_vcpu (uint32_t cmd, uint32_t id, uint32_t vcpu, struct pv_vcpu_context *context);
/* -> where to go on, 0: done; or a negative XEN_E*. */
long port_log_dirty (uint32_t id, uint32_t op, uint32_t first, uint32_t *words, uint32_t count);

/* Starts this domain anew, once the answer under way has been written. */
void port_restart (void);
/* Does that. */
void port_run_restart (void);

/* Nanoseconds since the hypervisor started. */
uint64_t port_time_ns (void);

#endif

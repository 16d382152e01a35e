/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own log: kept in a ring and written to the machine's log. */
#ifndef HV_LOG_H
#define HV_LOG_H

#include <stddef.h>
#include <stdint.h>

/* Formats: %s, %c, %u, %d, %x; 32 bits each. */
void hv_log (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
/* Logs, shows it on the display for a while, and powers the machine off. */
void hv_panic (const char *format, ...) __attribute__ ((format (printf, 1, 2), noreturn));
/* As pv_sysctl.u.log; -> bytes or a negative error. */
long hv_log_read (uint32_t buffer, uint32_t length, uint64_t *since, uint64_t *next);

#endif

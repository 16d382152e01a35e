/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's console: the last bytes that it wrote, numbered since its creation, and what was
 * typed. */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include <stdint.h>
#include "core/config.h"

struct hv_domain;

struct hv_console {
  uint64_t written; /* bytes ever */
  uint32_t in_head, in_tail;
  char out[HV_CONSOLE_OUT];
  char in[HV_CONSOLE_IN];
};

/* The guest's side: CONSOLEIO_write and CONSOLEIO_read. */
long hv_console_io (struct hv_domain *domain, uint32_t cmd, uint32_t length, uint32_t buffer);
/* The control domain's side. `since` and `next` as in pv_domctl.u.console; -> bytes or an error. */
long hv_console_read (const struct hv_console *console,
                      uint32_t buffer,
                      uint32_t length,
                      uint64_t *since,
                      uint64_t *next);
/* -> bytes accepted: as many as there is room for. */
long hv_console_type (struct hv_domain *domain, uint32_t buffer, uint32_t length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Budgets of a domain (PV_DOMCTL_GET_GUARD, PV_DOMCTL_SET_GUARD). */
#ifndef PV_GUARD_H
#define PV_GUARD_H

#include <stdint.h>

/* First those that are metered by rate, each a second. */
enum pv_guard_resource {
  PV_GUARD_EVENTS,   /* events sent */
  PV_GUARD_GRANTS,   /* pages of others mapped, unmapped and copied */
  PV_GUARD_PAGING,   /* page-table entries written, and other operations on them */
  PV_GUARD_CONSOLE,  /* bytes written to its console */
  PV_GUARD_MEMORY,   /* KiB */
  PV_GUARD_CPU,      /* percent of one processor */
  PV_GUARD_ENERGY,   /* milliwatts */
  PV_GUARD_CHANNELS, /* event channels */
  PV_GUARD_RESOURCES,
  PV_GUARD_RATES = PV_GUARD_MEMORY,
};

#define PV_GUARD_UNLIMITED 0xffffffffu

struct pv_guard {
  uint32_t set;         /* SET: which budgets, one bit each */
  uint32_t scale;       /* GET: percent of them that hold now */
  uint32_t active_mw;   /* GET: what a busy processor takes */
  uint32_t cap_percent; /* GET: what the budgets of time and energy make; 0: no cap */
  uint32_t budget[PV_GUARD_RESOURCES];
  uint32_t throttled[PV_GUARD_RESOURCES]; /* GET: how often it had to wait, or was refused */
  uint64_t used[PV_GUARD_RESOURCES]; /* GET: of rates: all that was ever done; of time and energy: 0 */
};

#endif

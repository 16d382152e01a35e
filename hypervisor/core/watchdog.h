/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One watchdog a domain: a kernel that does not feed it in time has its domain ended. When half the time
   is over the kernel is told, so that it needs no clock of its own to feed it. */
#ifndef HV_WATCHDOG_H
#define HV_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#define HV_WATCHDOG_SECONDS_MAX 86400u

struct hv_domain;

void hv_watchdog_init (struct hv_domain *domain);
/* One that the domain cannot take away; 0: none. `restart` is kept for the control domain. */
void hv_watchdog_order (struct hv_domain *domain, uint32_t seconds, bool restart);
/* SCHEDOP_watchdog: `argument` is the address of a struct sched_watchdog of the caller. */
long hv_watchdog_op (struct hv_domain *domain, uint32_t argument);

#endif

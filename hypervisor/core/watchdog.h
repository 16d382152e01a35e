/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One watchdog a domain: a kernel that does not feed it in time has its domain ended. */
#ifndef HV_WATCHDOG_H
#define HV_WATCHDOG_H

#include <stdint.h>

struct hv_domain;

void hv_watchdog_init (struct hv_domain *domain);
/* SCHEDOP_watchdog: `argument` is the address of a struct sched_watchdog of the caller. */
long hv_watchdog_op (struct hv_domain *domain, uint32_t argument);

#endif

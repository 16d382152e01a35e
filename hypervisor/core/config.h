/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of the hypervisor. All tables are static: nothing is allocated but domain memory. */
#ifndef HV_CONFIG_H
#define HV_CONFIG_H

#include <pv/control.h>

#define HV_DOMAINS        PV_DOMAINS_MAX
#define HV_VCPUS          PV_VCPUS_MAX /* a domain */
#define HV_CPUS           4
#define HV_EVENT_CHANNELS 128   /* a domain */
#define HV_CONSOLE_OUT    32768 /* bytes of history; a power of two */
#define HV_CONSOLE_IN     1024
#define HV_LOG            32768
#define HV_AUDIT          256
#define HV_IMAGES         32

#endif

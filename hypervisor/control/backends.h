/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of devices there are, and what a domain gets that was not given any. */
#ifndef CONTROL_BACKENDS_H
#define CONTROL_BACKENDS_H

#include "device.h"

extern const struct device_driver block_back_driver;
extern const struct device_driver network_driver;

/* The devices of a domain that the machine started: a network interface, and the disk that has its
   name. */
void backends_default (const char *name, struct pv_device_config configs[PV_DEVICES_MAX]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices as the protocol shows them and as domain.create asks for them. */
#ifndef CONTROL_DEVICE_METHODS_H
#define CONTROL_DEVICE_METHODS_H

#include "device.h"
#include "service.h"

/* Reads parameter `devices`; a parameter that is left out gives none. -> false where it cannot be,
   after answering so. */
bool call_get_devices (struct call *call, struct pv_device_config configs[PV_DEVICES_MAX]);
/* Answers that this device could not be given to a domain. */
void call_fail_device (struct call *call, const struct pv_device_config *config, long error);
/* Notes the devices of a paused domain with the hypervisor and attaches them. 0, or a negative
   error with *which the slot that could not be. */
long devices_give (uint32_t domain,
                   const struct pv_device_config configs[PV_DEVICES_MAX],
                   uint32_t *which);
/* What devices_give() noted of a domain; none where nothing is. */
void devices_noted (uint32_t domain, struct pv_device_config configs[PV_DEVICES_MAX]);
/* Writes member `devices` of an object `Domain`, where it has any. */
void devices_write (struct json_writer *out, uint32_t domain);

#endif

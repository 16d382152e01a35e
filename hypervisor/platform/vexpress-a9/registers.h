/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device registers at the hypervisor's addresses. */
#ifndef HV_REGISTERS_H
#define HV_REGISTERS_H

#include <stdint.h>
#include "arch/arm/layout.h"

static inline volatile uint32_t *
hv_device (uint32_t offset)
{
  return (volatile uint32_t *)(HV_DEVICES + offset);
}

static inline volatile uint32_t *
hv_cpu_device (uint32_t offset)
{
  return (volatile uint32_t *)(HV_DEVICES_CPU + offset);
}

#endif

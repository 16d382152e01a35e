/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/channel.h"

#include <pv/channel.h>
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "platform/platform.h"
#include "security/hooks.h"

static void
changed (void)
{
  hv_event_raise (hv_control, PV_VIRQ_CHANNEL);
}

void
hv_channel_init (void)
{
  hv_platform_channel_init (changed);
}

static int
to_guest (void *context, uint32_t offset, void *bytes, uint32_t length)
{
  return hv_copy_to_guest (*(uint32_t *)context + offset, bytes, length);
}

static int
from_guest (void *context, uint32_t offset, void *bytes, uint32_t length)
{
  return hv_copy_from_guest (bytes, *(uint32_t *)context + offset, length);
}

long
hv_channel_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t number = args[0] >> 8, buffer = args[1];
  uint32_t length = args[2] < PV_CHANNEL_MAX ? args[2] : PV_CHANNEL_MAX;
  int denied = hv_may (vcpu->domain, NULL, HV_HOST_CHANNEL);
  if (denied)
    return denied;
  if (number >= HV_CHANNELS)
    return -XEN_ENODEV;
  switch (args[0] & 0xff) {
  case PV_CHANNEL_READ:
    return hv_platform_channel_read (number, length, to_guest, &buffer);
  case PV_CHANNEL_WRITE:
    return hv_platform_channel_write (number, length, from_guest, &buffer);
  case PV_CHANNEL_STATUS:
    return hv_platform_channel_connected (number) ? PV_CHANNEL_CONNECTED : 0;
  default:
    return -XEN_ENOSYS;
  }
}

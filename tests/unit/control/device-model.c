/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model of the back ends: two disks, and what domains have of them. */
#include <glib.h>
#include <xen/errno.h>

#include "device.h"
#include "disk.h"
#include "hypervisor-model.h"

#define DOMAINS 8

static struct disk disks[] = { { "data", 2048, 4096, 0, 0 }, { "spare", 6144, 2048, 0, 0 } };
static const struct device_driver driver = { .type = PV_DEVICE_BLOCK, .kind = "disk" };
static struct device devices[DOMAINS][PV_DEVICES_MAX];

struct disk *
disk_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (disks); i++) {
    if (strcmp (disks[i].name, name) == 0) {
      return &disks[i];
    }
  }
  return NULL;
}

const struct disk *
disk_get (size_t index)
{
  return index < G_N_ELEMENTS (disks) ? &disks[index] : NULL;
}

static long
attach (struct device *device, uint32_t domain, const struct pv_device_config *config)
{
  struct disk *disk = disk_find (config->name);

  if (config->type != PV_DEVICE_BLOCK) {
    return -XEN_EOPNOTSUPP;
  }
  if (disk == NULL) {
    return -XEN_ENOENT;
  }
  if (disk->writers > 0 || (disk->readers > 0 && !config->readonly)) {
    return -XEN_EBUSY;
  }
  disk->readers += config->readonly;
  disk->writers += !config->readonly;
  device->driver = &driver;
  device->guest = domain;
  device->config = *config;
  device->back.state = XenbusStateInitWait;
  device->back.u.block.sectors = disk->sectors;
  return 0;
}

long
devices_attach (uint32_t domain, const struct pv_device_config *configs, uint32_t *which)
{
  for (*which = 0; *which < PV_DEVICES_MAX; ++*which) {
    long error = configs[*which].type != PV_DEVICE_NONE
                     ? attach (&devices[domain % DOMAINS][*which], domain, &configs[*which])
                     : 0;

    if (error != 0) {
      uint32_t failed = *which;

      devices_detach_soon (domain);
      *which = failed;
      return error;
    }
  }
  return 0;
}

bool
devices_detach_soon (uint32_t domain)
{
  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    struct device *device = &devices[domain % DOMAINS][slot];

    if (device->driver != NULL) {
      disk_find (device->config.name)->readers -= device->config.readonly;
      disk_find (device->config.name)->writers -= !device->config.readonly;
      device->driver = NULL;
    }
  }
  return true;
}

bool
devices_detach (uint32_t domain)
{
  return devices_detach_soon (domain);
}

void
devices_reattach (uint32_t domain)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_GET_DEVICES, .domain = domain };
  uint32_t which;

  if (port_domctl (&operation) == 0) {
    devices_attach (domain, operation.u.devices, &which);
  }
}

const struct device *
device_get (uint32_t domain, uint32_t slot)
{
  const struct device *device = &devices[domain % DOMAINS][slot];

  return device->driver != NULL ? device : NULL;
}

void
model_reset_devices (void)
{
  for (uint32_t domain = 0; domain < DOMAINS; domain++) {
    devices_detach_soon (domain);
  }
}

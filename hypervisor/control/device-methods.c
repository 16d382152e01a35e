/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device-methods.h"

#include <xen/errno.h>

#include "disk.h"
#include "methods.h"
#include "port.h"

/* ---- asking for devices ---- */

static uint32_t
type_of (struct call *call, json_value kind)
{
  static const struct {
    const char *word;
    enum pv_device_type type;
  } kinds[] = { { "disk", PV_DEVICE_BLOCK }, { "net", PV_DEVICE_NET } };

  for (size_t i = 0; i < ARRAY_LENGTH (kinds); i++) {
    if (json_equals (call->request, kind, kinds[i].word)) {
      return kinds[i].type;
    }
  }
  return PV_DEVICE_NONE;
}

static bool
get_device (struct call *call, json_value item, struct pv_device_config *config)
{
  json_value name = json_member (call->request, item, "name");
  json_value readonly = json_member (call->request, item, "read_only");
  bool yes = false;

  config->type = (uint8_t)type_of (call, json_member (call->request, item, "kind"));
  if (config->type == PV_DEVICE_NONE) {
    call_fail_param (call, "devices.kind", "must be \"disk\" or \"net\"");
    return false;
  }
  if (readonly != JSON_NONE && !json_get_bool (call->request, readonly, &yes)) {
    call_fail_param (call, "devices.read_only", "must be true or false");
    return false;
  }
  config->readonly = yes;
  if (name == JSON_NONE && config->type == PV_DEVICE_NET) {
    return true;
  }
  if (!json_get_string (call->request, name, config->name, sizeof config->name, NULL)
      || config->name[0] == '\0') {
    call_fail_param (call, "devices.name", "must be a name of 1 to 23 characters");
    return false;
  }
  return true;
}

bool
call_get_devices (struct call *call, struct pv_device_config configs[PV_DEVICES_MAX])
{
  json_value list = json_member (call->request, call->params, "devices");
  uint32_t slot = 0;

  memset (configs, 0, PV_DEVICES_MAX * sizeof configs[0]);
  if (list != JSON_NONE && json_type_of (call->request, list) != JSON_ARRAY) {
    call_fail_param (call, "devices", "must be a list of devices");
    return false;
  }
  for (json_value item = json_first (call->request, list); item != JSON_NONE;
       item = json_next (call->request, item), slot++) {
    if (slot == PV_DEVICES_MAX) {
      call_fail_param (call, "devices", "must not have more than 8 elements");
      return false;
    }
    if (!get_device (call, item, &configs[slot])) {
      return false;
    }
  }
  return true;
}

void
call_fail_device (struct call *call, const struct pv_device_config *config, long error)
{
  const char *kind = config->type == PV_DEVICE_NET ? "network" : "disk";
  struct json_writer *out;

  switch (error) {
  case -XEN_ENOENT:
    out = call_fail (call, ERROR_NOT_FOUND, "There is no %s \"%s\".", kind, config->name);
    json_member_string (out, "hint", "disk.list shows the disks there are.");
    break;
  case -XEN_EBUSY:
    out = call_fail (call, ERROR_EXISTS, "The %s \"%s\" belongs to another domain.", kind,
                     config->name);
    json_member_string (out, "hint", "Destroy that domain first, or have both use it read-only.");
    break;
  case -XEN_EROFS:
    out = call_fail (call, ERROR_STATE, "The machine's disk can only be read.");
    json_member_string (out, "hint", "Ask for it with read_only.");
    break;
  case -XEN_EOPNOTSUPP:
    out = call_fail (call, ERROR_UNSUPPORTED, "This machine has no %s for domains.", kind);
    json_member_string (out, "needs", kind);
    json_member_string (out, "hint", "Leave the device out.");
    break;
  case -XEN_ENOSPC:
    out = call_fail (call, ERROR_RESOURCE, "There are as many devices as can be served.");
    json_member_string (out, "resource", "devices");
    break;
  default:
    call_fail (call, ERROR_INTERNAL, "The %s \"%s\" cannot be given to the domain: error %u.", kind,
               config->name, (unsigned)-error);
  }
}

long
devices_give (uint32_t domain,
              const struct pv_device_config configs[PV_DEVICES_MAX],
              uint32_t *which)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_SET_DEVICES, .domain = domain };
  long error;

  *which = 0;
  memcpy (operation.u.devices, configs, sizeof operation.u.devices);
  error = port_domctl (&operation);
  return error != 0 ? error : devices_attach (domain, configs, which);
}

void
devices_noted (uint32_t domain, struct pv_device_config configs[PV_DEVICES_MAX])
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_GET_DEVICES, .domain = domain };

  memset (configs, 0, PV_DEVICES_MAX * sizeof configs[0]);
  if (port_domctl (&operation) == 0) {
    memcpy (configs, operation.u.devices, sizeof operation.u.devices);
  }
}

/* ---- showing them ---- */

static const char *
state_name (const struct device *device)
{
  switch (device->back.state) {
  case XenbusStateConnected:
    return "connected";
  case XenbusStateInitWait:
    return "waiting";
  case XenbusStateClosing:
    return "closing";
  default:
    return "closed";
  }
}

static void
write_mac (struct json_writer *out, const uint8_t mac[6])
{
  char text[17];

  for (int i = 0; i < 6; i++) {
    text[3 * i] = "0123456789abcdef"[mac[i] >> 4];
    text[3 * i + 1] = "0123456789abcdef"[mac[i] & 15];
    if (i < 5) {
      text[3 * i + 2] = ':';
    }
  }
  json_key (out, "mac");
  json_text (out, text, sizeof text);
}

static void
device_write (struct json_writer *out, const struct device *device)
{
  json_begin_object (out);
  json_member_string (out, "kind", device->driver->kind);
  json_member_field (out, "name", device->config.name, sizeof device->config.name);
  json_member_string (out, "state", state_name (device));
  if (device->config.type == PV_DEVICE_BLOCK) {
    json_member_bool (out, "read_only", device->config.readonly);
    json_member_uint (out, "size_bytes", device->back.u.block.sectors * PV_IO_SECTOR);
  } else {
    write_mac (out, device->back.u.net.mac);
    json_member_uint (out, "dropped", device->dropped);
  }
  json_member_uint (out, "requests", device->requests);
  json_member_uint (out, "bytes", device->bytes);
  json_member_uint (out, "errors", device->errors);
  json_end (out);
}

void
devices_write (struct json_writer *out, uint32_t domain)
{
  const struct device *device;
  bool any = false;

  for (uint32_t slot = 0; slot < PV_DEVICES_MAX; slot++) {
    device = device_get (domain, slot);
    if (device == NULL) {
      continue;
    }
    if (!any) {
      json_key (out, "devices");
      json_begin_array (out);
      any = true;
    }
    device_write (out, device);
  }
  if (any) {
    json_end (out);
  }
}

void
method_disk_list (struct call *call)
{
  struct json_writer *out = call_result (call);
  const struct disk *disk;

  json_begin_object (out);
  json_key (out, "disks");
  json_begin_array (out);
  for (size_t i = 0; (disk = disk_get (i)) != NULL; i++) {
    json_begin_object (out);
    json_member_string (out, "name", disk->name);
    json_member_uint (out, "size_bytes", disk->sectors * PV_IO_SECTOR);
    json_member_uint (out, "readers", disk->readers);
    json_member_uint (out, "writers", disk->writers);
    json_end (out);
  }
}

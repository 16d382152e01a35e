/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "methods.h"
#include "port.h"

void
method_image_list (struct call *call)
{
  struct json_writer *out = call_result (call);
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_IMAGE }, boot = { .cmd = PV_SYSCTL_BOOT };

  if (port_sysctl (&boot) != 0) {
    boot.u.boot.maker[0] = '\0';
  }
  json_begin_object (out);
  json_key (out, "images");
  json_begin_array (out);
  for (uint32_t i = 0; operation.index = i, port_sysctl (&operation) == 0; i++) {
    const struct pv_image_info *image = &operation.u.image;

    if ((image->flags & PV_IMAGE_SYSTEM) != 0) {
      continue;
    }
    json_begin_object (out);
    json_member_field (out, "name", image->name, sizeof image->name);
    json_key (out, "sha256");
    json_hex (out, image->sha256, sizeof image->sha256);
    json_member_field (out, "version", image->version, sizeof image->version);
    json_member_field (out, "signed_by", boot.u.boot.maker, sizeof boot.u.boot.maker);
    json_member_uint (out, "size", image->size);
    json_member_uint (out, "min_memory_kib", image->min_kib);
    json_member_uint (out, "memory_kib", image->memory_kib);
    json_end (out);
  }
}

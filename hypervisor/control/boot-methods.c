/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot.h"
#include "methods.h"
#include "port.h"

#define NONCE_MIN    16u
#define NONCE_MAX    64u
#define MANIFEST_MAX 8192u /* with its signature */
#define SIGNATURE    64u

static void
write_images (struct json_writer *out)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_IMAGE };

  for (; port_sysctl (&operation) == 0; operation.index++) {
    const struct pv_image_info *image = &operation.u.image;

    json_begin_object (out);
    json_member_field (out, "name", image->name, sizeof image->name);
    json_key (out, "sha256");
    json_hex (out, image->sha256, sizeof image->sha256);
    json_member_field (out, "version", image->version, sizeof image->version);
    json_member_bool (out, "verified", (image->flags & PV_IMAGE_VERIFIED) != 0);
    json_end (out);
  }
}

void
boot_write (struct json_writer *out)
{
  struct pv_sysctl boot = { .cmd = PV_SYSCTL_BOOT };
  bool verified = port_sysctl (&boot) == 0;

  json_key (out, "secure_boot");
  json_begin_object (out);
  json_member_string (out, "state", verified ? "verified" : "off");
  if (verified) {
    json_member_uint (out, "version", boot.u.boot.version);
    json_member_bool (out, "developer", boot.u.boot.developer != 0);
    json_member_field (out, "maker", boot.u.boot.maker, sizeof boot.u.boot.maker);
    json_member_field (out, "serial", boot.u.boot.serial, sizeof boot.u.boot.serial);
    json_key (out, "device");
    json_hex (out, boot.u.boot.device, sizeof boot.u.boot.device);
    json_key (out, "manifest_sha256");
    json_hex (out, boot.u.boot.sha256, sizeof boot.u.boot.sha256);
  }
  json_key (out, "images");
  json_begin_array (out);
  if (verified) {
    write_images (out);
  }
  json_end (out);
  json_end (out);
}

static int
digit (char character)
{
  if (character >= '0' && character <= '9') {
    return character - '0';
  }
  return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* -> bytes of the parameter, 0: it is not what it must be. */
static size_t
read_nonce (struct call *call, uint8_t nonce[NONCE_MAX])
{
  char text[2 * NONCE_MAX + 1];
  size_t length;
  json_value value = json_member (call->request, call->params, "nonce");

  if (!json_get_string (call->request, value, text, sizeof text, &length) || length % 2 != 0
      || length < (size_t)2 * NONCE_MIN) {
    return 0;
  }
  for (size_t i = 0; i < length / 2; i++) {
    int high = digit (text[2 * i]), low = digit (text[2 * i + 1]);

    if (high < 0 || low < 0) {
      return 0;
    }
    nonce[i] = (uint8_t)(high << 4 | low);
  }
  return length / 2;
}

/* -> bytes of the manifest and the maker's signature, or a negative error. */
static long
read_manifest (uint8_t manifest[MANIFEST_MAX])
{
  size_t used = 0;
  long got;

  while ((got = port_manifest_read ((uint32_t)used, manifest + used, MANIFEST_MAX - used)) > 0) {
    used += (size_t)got;
  }
  return got < 0 ? got : (long)used;
}

void
method_host_attest (struct call *call)
{
  static uint8_t manifest[MANIFEST_MAX];
  uint8_t nonce[NONCE_MAX], signature[SIGNATURE];
  size_t length = read_nonce (call, nonce);
  long size, error;

  if (length == 0) {
    call_fail_param (call, "nonce", "must be 16 to 64 bytes as small hexadecimal digits");
    return;
  }
  size = read_manifest (manifest);
  error = size < 0 ? size : port_attest (nonce, length, signature);
  if (size <= (long)SIGNATURE || error != 0) {
    call_fail (call, ERROR_UNSUPPORTED, "This machine was not started by secure boot.");
    return;
  }

  struct json_writer *out = call_result (call);

  json_begin_object (out);
  json_key (out, "nonce");
  json_hex (out, nonce, length);
  json_key (out, "manifest");
  json_hex (out, manifest, (size_t)size - SIGNATURE);
  json_key (out, "maker_signature");
  json_hex (out, manifest + size - SIGNATURE, SIGNATURE);
  json_key (out, "signature");
  json_hex (out, signature, SIGNATURE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/open.h"

#include <bearssl.h>
#include "boot/piece.h"

#define IMAGE_CONTROL 1u /* PV_IMAGE_CONTROL */
#define KEY           32u

/* What a derived key is for: the length of each is part of it. */
static const char for_device[] = "domicile device", for_image[] = "domicile image",
                  for_attestation[] = "domicile attestation";

static void
sha256 (const void *bytes, uint32_t length, uint8_t digest[32])
{
  br_sha256_context hash;
  br_sha256_init (&hash);
  br_sha256_update (&hash, bytes, length);
  br_sha256_out (&hash, digest);
}

/* HKDF-SHA256 (RFC 5869) of the master key. */
static void
derive (const struct device_keys *keys,
        const uint8_t *salt,
        uint32_t salt_length,
        const void *info,
        uint32_t info_length,
        void *to,
        uint32_t length)
{
  br_hkdf_context hkdf;
  br_hkdf_init (&hkdf, &br_sha256_vtable, salt, salt_length);
  br_hkdf_inject (&hkdf, keys->master, sizeof keys->master);
  br_hkdf_flip (&hkdf);
  br_hkdf_produce (&hkdf, info, info_length, to, length);
  memset (&hkdf, 0, sizeof hkdf);
}

static bool
is_signed (const struct boot_info *info, const struct device_keys *keys)
{
  const br_ec_public_key maker = { BR_EC_secp256r1, (unsigned char *)keys->maker_key, sizeof keys->maker_key };
  return br_ecdsa_i31_vrfy_raw (&br_ec_p256_m31, info->sha256, sizeof info->sha256, &maker,
                                info->manifest + info->length, STORE_SIGNATURE)
         == 1;
}

static bool
is_for_device (const struct boot_info *info, const struct device_keys *keys)
{
  uint8_t device[sizeof info->header.device];
  derive (keys, NULL, 0, for_device, sizeof for_device - 1, device, sizeof device);
  return memcmp (device, info->header.device, sizeof device) == 0;
}

/* One key an image: no two of any two stores are the same, as long as their salts are not. */
static void
derive_image_keys (struct boot_info *info, const struct device_keys *keys)
{
  uint8_t context[sizeof for_image - 1 + 32 + STORE_NAME];
  memcpy (context, for_image, sizeof for_image - 1);
  for (uint32_t i = 0; i < info->header.count; i++) {
    const struct hv_image *image = &info->header.image[i];
    memcpy (context + sizeof for_image - 1, image->sha256, 32);
    memcpy (context + sizeof for_image - 1 + 32, image->name, STORE_NAME);
    derive (keys, info->header.salt, sizeof info->header.salt, context, sizeof context, info->key[i], KEY);
  }
}

/* The attestation key hangs on the manifest without its public half: another manifest, another key. */
static void
derive_attestation (struct boot_info *info, const struct device_keys *keys)
{
  uint8_t context[sizeof for_attestation - 1 + 32], public[sizeof info->header.attest_key];
  memcpy (public, info->header.attest_key, sizeof public);
  memset (info->header.attest_key, 0, sizeof public);
  memcpy (context, for_attestation, sizeof for_attestation - 1);
  sha256 (info->manifest, info->length, context + sizeof for_attestation - 1);
  memcpy (info->header.attest_key, public, sizeof public);
  derive (keys, info->header.salt, sizeof info->header.salt, context, sizeof context, info->attest_seed, KEY);
}

enum store_error
store_open (const uint8_t *flash,
            uint32_t size,
            const struct device_keys *keys,
            uint32_t counter,
            struct boot_info *info)
{
  info->magic = 0;
  if (keys->magic != DEVICE_MAGIC || keys->maker_key[0] != 4 || keys->serial[sizeof keys->serial - 1])
    return STORE_NO_DEVICE_KEYS;
  if (size < STORE_ROOM)
    return STORE_NO_STORE;
  memcpy (info->manifest, flash, STORE_ROOM);
  enum store_error error = store_length (info->manifest, STORE_ROOM, &info->length);
  if (error)
    return error;
  sha256 (info->manifest, info->length, info->sha256);
  if (!is_signed (info, keys))
    return STORE_BAD_SIGNATURE;
  if (!is_for_device (info, keys))
    return STORE_OTHER_DEVICE;
  if (info->header.version < counter)
    return STORE_ROLLED_BACK;
  if (info->header.version > COUNTER_MAX)
    return STORE_BAD_TABLE;
  error = store_check (&info->header, info->length, size);
  if (error)
    return error;
  derive_image_keys (info, keys);
  derive_attestation (info, keys);
  memcpy (info->serial, keys->serial, sizeof info->serial);
  info->developer = (keys->flags | info->header.flags) & STORE_DEVELOPER;
  info->counter = info->header.version;
  info->policy_size = 0;
  info->control = store_find (info, STORE_KERNEL);
  info->magic = BOOT_INFO_MAGIC;
  return STORE_OK;
}

uint32_t
store_find (const struct boot_info *info, enum store_kind kind)
{
  for (uint32_t i = 0; i < info->header.count; i++) {
    const struct hv_image *image = &info->header.image[i];
    if (image->kind == kind && (kind != STORE_KERNEL || (image->flags & IMAGE_CONTROL) != 0))
      return i;
  }
  return STORE_IMAGES;
}

enum store_error
store_unseal (const struct boot_info *info,
              const uint8_t *flash,
              uint32_t number,
              uint8_t *to,
              uint32_t room)
{
  const struct hv_image *image = &info->header.image[number];
  uint8_t digest[32];
  if (image->size > room)
    return STORE_TOO_LARGE;
  for (uint32_t piece = 0; piece < store_pieces (image); piece++)
    if (!piece_unseal (info->key[number], image, flash, piece, to + piece * STORE_PIECE)) {
      memset (to, 0, image->size);
      return STORE_BAD_PIECE;
    }
  sha256 (to, image->size, digest);
  if (memcmp (digest, image->sha256, sizeof digest) == 0)
    return STORE_OK;
  memset (to, 0, image->size);
  return STORE_BAD_DIGEST;
}

enum store_error
counter_value (const uint32_t *words, uint32_t *value)
{
  uint32_t bits = 0, word = UINT32_MAX;
  while (bits < COUNTER_MAX && (word = words[bits / 32]) == 0)
    bits += 32;
  *value = bits;
  if (bits == COUNTER_MAX)
    return STORE_OK;
  for (; (word & 1) == 0; word >>= 1)
    ++*value;
  return word == UINT32_MAX >> (*value - bits) ? STORE_OK : STORE_BAD_COUNTER; /* nothing but ones above */
}

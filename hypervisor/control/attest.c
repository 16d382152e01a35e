/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs a quote: the hypervisor lends the key, which is gone from here afterwards. */
#include <bearssl.h>
#include "port.h"

#include "hypercall.h"

static const char purpose[] = "domicile quote";

static void
wipe (void *bytes, size_t size)
{
  volatile uint8_t *at = bytes;

  while (size-- > 0) {
    *at++ = 0;
  }
}

/* What is signed: the purpose, the nonce with its length, and the digest of the manifest. */
static void
digest_of (const uint8_t *nonce, size_t length, const uint8_t manifest[32], uint8_t digest[32])
{
  const uint8_t bytes = (uint8_t)length;
  br_sha256_context hash;

  br_sha256_init (&hash);
  br_sha256_update (&hash, purpose, sizeof purpose - 1);
  br_sha256_update (&hash, &bytes, 1);
  br_sha256_update (&hash, nonce, length);
  br_sha256_update (&hash, manifest, 32);
  br_sha256_out (&hash, digest);
}

long
port_attest (const uint8_t *nonce, size_t length, uint8_t signature[64])
{
  struct pv_sysctl boot = { .cmd = PV_SYSCTL_BOOT }, attest = { .cmd = PV_SYSCTL_ATTEST };
  uint8_t digest[32];
  long error = pv_sysctl (&boot);

  if (error == 0) {
    error = pv_sysctl (&attest);
  }
  if (error != 0) {
    return error;
  }
  digest_of (nonce, length, boot.u.boot.sha256, digest);
  const br_ec_private_key key = { BR_EC_secp256r1, attest.u.attest.key, sizeof attest.u.attest.key };
  size_t used = br_ecdsa_i31_sign_raw (&br_ec_p256_m31, &br_sha256_vtable, digest, &key, signature);

  wipe (&attest, sizeof attest);
  return used == 64 ? 0 : -XEN_EIO;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge.h"

#define HASH_SIZE 128 /* a power of two, twice as many as ports */

/* Addresses by open addressing; a port's number, 0 where there is none. */
static uint8_t by_address[HASH_SIZE];
static uint8_t addresses[BRIDGE_PORTS][BRIDGE_MAC];
static bridge_set used; /* the uplink too */

static bool
same (const uint8_t *a, const uint8_t *b)
{
  return memcmp (a, b, BRIDGE_MAC) == 0;
}

static bool
is_group (const uint8_t *mac)
{
  return (mac[0] & 1) != 0;
}

static bool
is_zero (const uint8_t *mac)
{
  static const uint8_t zero[BRIDGE_MAC];
  return same (mac, zero);
}

static uint32_t
hash (const uint8_t *mac)
{
  uint32_t value = 0;

  for (int i = 0; i < BRIDGE_MAC; i++) {
    value = (value ^ mac[i]) * 16777619u;
  }
  return value >> 8;
}

/* The place of an address, or the free one where it would be. */
static uint8_t *
place_of (const uint8_t *mac)
{
  uint32_t at = hash (mac);

  while (by_address[at % HASH_SIZE] != 0 && !same (addresses[by_address[at % HASH_SIZE]], mac)) {
    at++;
  }
  return &by_address[at % HASH_SIZE];
}

/* Which is how open addressing forgets one: the table is small, and guests come and go slowly. */
static void
hash_all (void)
{
  memset (by_address, 0, sizeof by_address);
  for (int port = 1; port < BRIDGE_PORTS; port++) {
    if (used >> port & 1) {
      *place_of (addresses[port]) = (uint8_t)port;
    }
  }
}

int
bridge_add (const uint8_t mac[BRIDGE_MAC])
{
  if (is_group (mac) || is_zero (mac) || *place_of (mac) != 0) {
    return -1;
  }
  for (int port = 1; port < BRIDGE_PORTS; port++) {
    if (!(used >> port & 1)) {
      used |= 1ull << port;
      memcpy (addresses[port], mac, BRIDGE_MAC);
      *place_of (mac) = (uint8_t)port;
      return port;
    }
  }
  return -1;
}

void
bridge_remove (int port)
{
  used &= ~(1ull << port);
  hash_all ();
}

void
bridge_set_uplink (bool present)
{
  used = (used & ~1ull) | present;
}

enum bridge_verdict
bridge_route (int port, const uint8_t *frame, bridge_set *targets)
{
  const uint8_t *to = frame, *from = frame + BRIDGE_MAC;
  uint8_t known;

  *targets = 0;
  if (port == BRIDGE_UPLINK ? is_group (from) || is_zero (from) || *place_of (from) != 0
                            : !same (from, addresses[port])) {
    return BRIDGE_FORGED;
  }
  if (is_group (to)) {
    *targets = used;
  } else {
    known = *place_of (to);
    *targets = known != 0 ? 1ull << known : used & 1ull << BRIDGE_UPLINK;
  }
  *targets &= ~(1ull << port);
  return *targets != 0 ? BRIDGE_FORWARD : BRIDGE_NOBODY;
}

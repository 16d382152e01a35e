/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge.h"

#define HASH_SIZE 128 /* a power of two, twice as many as ports */

/* Addresses by open addressing; a port's number, 0 where there is none. */
static uint8_t by_address[HASH_SIZE];
static uint8_t addresses[BRIDGE_PORTS][BRIDGE_MAC];
static bridge_set used; /* the uplink too */
static bridge_set away; /* interfaces that were here last: their addresses are kept */

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
    if ((used | away) >> port & 1) {
      *place_of (addresses[port]) = (uint8_t)port;
    }
  }
}

/* A port for this address: the one that it had; else one that nobody had, if there is any. 0: all
   are in use. */
static int
port_for (const uint8_t *mac)
{
  bridge_set unused = ~(used | 1ull), fresh = unused & ~away;
  int port = *place_of (mac);

  if (port != 0) {
    return used >> port & 1 ? 0 : port;
  }
  return unused != 0 ? __builtin_ctzll (fresh != 0 ? fresh : unused) : 0;
}

int
bridge_add (const uint8_t mac[BRIDGE_MAC])
{
  int port = is_group (mac) || is_zero (mac) ? 0 : port_for (mac);

  if (port == 0) {
    return -1;
  }
  used |= 1ull << port;
  away &= ~(1ull << port);
  memcpy (addresses[port], mac, BRIDGE_MAC);
  hash_all ();
  return port;
}

void
bridge_remove (int port)
{
  used &= ~(1ull << port);
  away |= 1ull << port;
}

/* A frame from outside under this address. -> whether it can be: whoever was here may be there now. */
static bool
may_be_outside (const uint8_t *mac)
{
  int port = *place_of (mac);

  if (port == 0) {
    return true;
  }
  if (used >> port & 1) {
    return false;
  }
  away &= ~(1ull << port);
  hash_all ();
  return true;
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
  if (port == BRIDGE_UPLINK ? is_group (from) || is_zero (from) || !may_be_outside (from)
                            : !same (from, addresses[port])) {
    return BRIDGE_FORGED;
  }
  if (is_group (to)) {
    *targets = used;
  } else {
    known = *place_of (to);
    *targets = used & 1ull << (known != 0 ? known : BRIDGE_UPLINK);
  }
  *targets &= ~(1ull << port);
  return *targets != 0 ? BRIDGE_FORWARD : BRIDGE_NOBODY;
}

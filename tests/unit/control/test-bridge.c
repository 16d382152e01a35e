/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where frames go, and that nobody gets what is another's. */
#include <glib.h>
#include <string.h>
#include "bridge.h"

static const uint8_t outside[6] = { 0x52, 0x55, 10, 0, 2, 2 };
static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static void
mac_of (guint number, uint8_t mac[6])
{
  const uint8_t bytes[6] = { 0x02, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number };
  memcpy (mac, bytes, 6);
}

static enum bridge_verdict
route (int port, const uint8_t *to, const uint8_t *from, bridge_set *targets)
{
  uint8_t frame[BRIDGE_HEADER] = { 0 };
  memcpy (frame, to, 6);
  memcpy (frame + 6, from, 6);
  return bridge_route (port, frame, targets);
}

static int
add (guint number)
{
  uint8_t mac[6];
  mac_of (number, mac);
  return bridge_add (mac);
}

static void
test_routes (void)
{
  uint8_t a[6], b[6], stranger[6];
  bridge_set targets;
  int port_a = add (1), port_b = add (2), port_c = add (3);
  mac_of (1, a);
  mac_of (2, b);
  mac_of (99, stranger);
  bridge_set_uplink (true);

  g_assert_cmpint (route (port_a, b, a, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << port_b);
  g_assert_cmpint (route (port_a, outside, a, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << BRIDGE_UPLINK);
  g_assert_cmpint (route (port_a, everybody, a, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << BRIDGE_UPLINK | 1ull << port_b | 1ull << port_c);
  g_assert_cmpint (route (BRIDGE_UPLINK, a, outside, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << port_a);
  g_assert_cmpint (route (BRIDGE_UPLINK, everybody, outside, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << port_a | 1ull << port_b | 1ull << port_c);

  /* To itself, to a stranger from outside, and to the outside where there is none. */
  g_assert_cmpint (route (port_a, a, a, &targets), ==, BRIDGE_NOBODY);
  g_assert_cmpint (route (BRIDGE_UPLINK, stranger, outside, &targets), ==, BRIDGE_NOBODY);
  bridge_set_uplink (false);
  g_assert_cmpint (route (port_a, outside, a, &targets), ==, BRIDGE_NOBODY);
  g_assert_cmphex (targets, ==, 0);

  bridge_remove (port_b);
  g_assert_cmpint (route (port_a, b, a, &targets), ==, BRIDGE_NOBODY);
  bridge_remove (port_a);
  bridge_remove (port_c);
}

static void
test_forged (void)
{
  static const uint8_t zero[6];
  uint8_t a[6], b[6], stranger[6];
  bridge_set targets;
  int port_a = add (1), port_b = add (2);
  mac_of (1, a);
  mac_of (2, b);
  mac_of (99, stranger);
  bridge_set_uplink (true);
  g_assert_cmpint (route (port_a, outside, b, &targets), ==, BRIDGE_FORGED);
  g_assert_cmpint (route (port_a, outside, stranger, &targets), ==, BRIDGE_FORGED);
  g_assert_cmpint (route (port_a, b, everybody, &targets), ==, BRIDGE_FORGED);
  g_assert_cmpint (route (port_a, b, zero, &targets), ==, BRIDGE_FORGED);
  g_assert_cmpint (route (BRIDGE_UPLINK, b, a, &targets), ==, BRIDGE_FORGED);
  g_assert_cmpint (route (BRIDGE_UPLINK, b, everybody, &targets), ==, BRIDGE_FORGED);
  g_assert_cmphex (targets, ==, 0);
  bridge_set_uplink (false);
  bridge_remove (port_a);
  bridge_remove (port_b);
}

static void
test_full (void)
{
  uint8_t from[6], to[6];
  bridge_set targets;
  int port[BRIDGE_PORTS];
  for (guint i = 1; i < BRIDGE_PORTS; i++) {
    port[i] = add (i * 37);
    g_assert_cmpint (port[i], >, 0);
    g_assert_cmpint (add (i * 37), ==, -1); /* the address is in use */
  }
  g_assert_cmpint (add (4), ==, -1);
  g_assert_cmpint (bridge_add (everybody), ==, -1);
  /* Every second leaves; all others are found as before, in any order. */
  for (guint i = 2; i < BRIDGE_PORTS; i += 2)
    bridge_remove (port[i]);
  mac_of (37, from);
  for (guint i = 2; i < BRIDGE_PORTS; i++) {
    mac_of (i * 37, to);
    g_assert_cmpint (route (port[1], to, from, &targets), ==,
                     i % 2 == 0 ? BRIDGE_NOBODY : BRIDGE_FORWARD);
    g_assert_cmphex (targets, ==, i % 2 == 0 ? 0 : 1ull << port[i]);
  }
  for (guint i = 1; i < BRIDGE_PORTS; i += 2)
    bridge_remove (port[i]);
}

/* A domain that is saved: nobody answers in its place, and it finds its port again. */
static void
test_away (void)
{
  uint8_t a[6], b[6];
  bridge_set targets;
  int port_a = add (31), port_b = add (32);
  mac_of (31, a);
  mac_of (32, b);
  bridge_set_uplink (true);
  bridge_remove (port_b);
  g_assert_cmpint (route (port_a, b, a, &targets), ==, BRIDGE_NOBODY);
  int port_c = add (33);
  g_assert_cmpint (port_c, !=, port_b);
  g_assert_cmpint (add (32), ==, port_b);
  g_assert_cmpint (add (32), ==, -1);
  g_assert_cmpint (route (port_a, b, a, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << port_b);

  /* It went to another machine of the same network, and is heard of from there. */
  bridge_remove (port_b);
  g_assert_cmpint (route (BRIDGE_UPLINK, a, b, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmpint (route (port_a, b, a, &targets), ==, BRIDGE_FORWARD);
  g_assert_cmphex (targets, ==, 1ull << BRIDGE_UPLINK);
  bridge_set_uplink (false);
  bridge_remove (port_a);
  bridge_remove (port_c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/routes", test_routes);
  g_test_add_func ("/bridge/forged", test_forged);
  g_test_add_func ("/bridge/away", test_away);
  g_test_add_func ("/bridge/full", test_full);
  return g_test_run ();
}

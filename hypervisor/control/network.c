/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"

#include "backends.h"
#include "bridge.h"
#include "domain.h"
#include "uplink.h"
#include "vif.h"
#include "pv.h"

/* By port of the bridge; the uplink's place is empty. */
static struct vif vifs[BRIDGE_PORTS];
static int ports = 1; /* behind the last that was ever in use */
static uint32_t flows[BRIDGE_PORTS][BRIDGE_PORTS];
static bridge_set reach[BRIDGE_PORTS]; /* whom the policy lets send to whom */
static int first;                      /* who begins the next round */

void
network_start (void)
{
  bridge_set_uplink (uplink_start ());
}

/* An address that stays the same wherever the domain with this uuid runs. */
static void
make_mac (const uint8_t uuid[16], uint32_t index, uint8_t mac[6])
{
  uint64_t value = 0xcbf29ce484222325u ^ index;

  for (int i = 0; i < 16; i++) {
    value = (value ^ uuid[i]) * 0x100000001b3u;
  }
  for (int i = 0; i < 6; i++) {
    mac[i] = (uint8_t)(value >> (8 + 8 * i));
  }
  mac[0] = 0x02; /* of one interface, and administered locally */
}

static bool
is_zero (const uint8_t mac[BRIDGE_MAC])
{
  static const uint8_t zero[BRIDGE_MAC];
  return memcmp (mac, zero, BRIDGE_MAC) == 0;
}

/* -> false: nobody is at this port. */
static bool
domain_at (uint32_t port, uint32_t *domain)
{
  const struct device *device = vifs[port].device;

  *domain = device != NULL ? device->guest : 0;
  return device != NULL || port == BRIDGE_UPLINK;
}

/* Asks the hypervisor's policy, for the two domains at these ports. */
static void
allow (uint32_t from, uint32_t to)
{
  struct pv_domctl operation = { .cmd = PV_DOMCTL_MAY_CONNECT };

  reach[from] &= ~(1ull << to);
  if (from != to && domain_at (from, &operation.domain) && domain_at (to, &operation.u.connect.peer)
      && port_domctl (&operation) == 0) {
    reach[from] |= 1ull << to;
  }
}

/* Offers an interface with the address that the configuration names, or with its own. */
static long
offer (struct device *device)
{
  uint8_t *mac = device->back.u.net.mac;
  struct domain domain;
  int port;

  memcpy (mac, device->config.mac, BRIDGE_MAC);
  if (is_zero (mac) && domain_get (device->guest, &domain)) {
    make_mac (domain.info.handle, device->slot, mac);
  }
  port = bridge_add (mac);
  if (port < 0) {
    return -XEN_EEXIST;
  }
  device->back.u.net.mtu = PV_IO_FRAME_MAX - BRIDGE_HEADER;
  if (port >= ports) {
    ports = port + 1;
  }
  vifs[port] = (struct vif){ .device = device, .port = port };
  device->data = &vifs[port];
  for (uint32_t other = 0; other < (uint32_t)ports; other++) {
    allow ((uint32_t)port, other);
    allow (other, (uint32_t)port);
  }
  return 0;
}

static void
withdraw (struct device *device)
{
  struct vif *vif = device->data;

  bridge_remove (vif->port);
  vif->device = NULL;
  for (int i = 0; i < BRIDGE_PORTS; i++) {
    flows[vif->port][i] = flows[i][vif->port] = 0;
  }
}

static long
connect (struct device *device)
{
  return vif_connect (device->data);
}

/* Frames are taken in turn, by run(). */
static void
event (struct device *device)
{
  (void)device;
}

static bool
disconnect (struct device *device)
{
  vif_disconnect (device->data);
  return true; /* every frame under way is a copy */
}

/* Hands a packet to everybody whom it is for, and lets it go. */
static void
forward (int port, struct packet *packet)
{
  bridge_set wanted, targets;
  enum bridge_verdict verdict = bridge_route (port, packet->data, &wanted);

  targets = wanted & reach[port];
  if ((verdict == BRIDGE_FORGED || (wanted != 0 && targets == 0)) && port != BRIDGE_UPLINK) {
    vifs[port].device->errors++;
  }
  for (; targets != 0; targets &= targets - 1) {
    int target = __builtin_ctzll (targets);

    if (target == BRIDGE_UPLINK) {
      uplink_send (packet); /* or it is lost, as on any network */
    } else if (vifs[target].connected) {
      vif_give (&vifs[target], packet);
    } else {
      continue;
    }
    flows[port][target]++;
  }
  packet_release (packet);
}

static bool
run (void)
{
  struct packet *packets[PV_IO_BATCH];
  uint32_t count = uplink_receive (packets, PV_IO_BATCH);
  bool more = count == PV_IO_BATCH;

  for (uint32_t i = 0; i < count; i++) {
    forward (BRIDGE_UPLINK, packets[i]);
  }
  first = first + 1 < ports ? first + 1 : 0;
  for (int i = 0; i < ports; i++) {
    struct vif *vif = &vifs[first + i < ports ? first + i : first + i - ports];

    if (!vif->connected) {
      continue;
    }
    vif_resume (vif);
    count = vif_take (vif, packets, &more);
    for (uint32_t j = 0; j < count; j++) {
      forward (vif->port, packets[j]);
    }
  }
  vif_flush_all ();
  uplink_flush ();
  for (int port = 1; port < ports; port++) {
    vif_notify (&vifs[port]);
    if (vifs[port].connected && vifs[port].broken) {
      device_fail (vifs[port].device, -XEN_EINVAL, "the rings of its interface make no sense");
    }
  }
  return more;
}

const struct device_driver network_driver = {
  .type = PV_DEVICE_NET,
  .kind = "net",
  .offer = offer,
  .withdraw = withdraw,
  .connect = connect,
  .event = event,
  .disconnect = disconnect,
  .run = run,
};

bool
network_next_flow (uint32_t *at, struct network_flow *flow)
{
  while (*at < BRIDGE_PORTS * BRIDGE_PORTS) {
    uint32_t from = *at / BRIDGE_PORTS, to = *at % BRIDGE_PORTS;

    ++*at;
    if (from != to && domain_at (from, &flow->from) && domain_at (to, &flow->to)) {
      flow->frames = flows[from][to];
      return true;
    }
  }
  return false;
}

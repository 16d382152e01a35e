/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One network interface of a guest: the back end's half of Xen's netif rings. The guest behind them
 * may be hostile: every request is read once, every page is reached by grant, and what is wrong
 * costs the guest its request or its interface, and nobody else anything.
 */
#ifndef CONTROL_VIF_H
#define CONTROL_VIF_H

#include "device.h"
#include "packet.h"
#include "ring.h"
#include <xen/io/netif.h>

/* Frames that one interface may send before the others have their turn. */
#define VIF_QUOTA 16
/* Packets that wait for a guest to offer buffers. */
#define VIF_QUEUE 32
/* Packets that never wait: for what comes in, goes out, and is being handed over. */
#define VIF_RESERVE 96

struct vif {
  struct device *device; /* NULL: there is none */
  int port;              /* of the bridge */
  bool connected;
  bool broken; /* the rings make no sense any more */
  void *pages[PV_DEVICE_RINGS];
  netif_tx_back_ring_t tx;
  netif_rx_back_ring_t rx;
  struct packet *queue[VIF_QUEUE];
  uint32_t queue_first, queued;
  bool told; /* there are responses that the guest is to be told of */
};

/* Maps the rings that the front end gave. 0, or a negative XEN_E*. */
long vif_connect (struct vif *vif);
void vif_disconnect (struct vif *vif);

/* Takes frames that the guest sends, at most VIF_QUOTA, as packets with one user each; *more says
   whether there are others. Every request is answered. */
uint32_t vif_take (struct vif *vif, struct packet *packets[VIF_QUOTA], bool *more);
/* Puts a packet into the guest's next buffer, by the next vif_flush_all(); where there is none, the
   packet waits for vif_resume(). */
void vif_give (struct vif *vif, struct packet *packet);
/* Goes on with the packets that wait. */
void vif_resume (struct vif *vif);
/* Does all that vif_give() left to do. */
void vif_flush_all (void);
/* Sends the guest the event that it waits for. */
void vif_notify (struct vif *vif);

#endif

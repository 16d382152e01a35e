/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's network device: virtio net (virtio 1.0, 5.1), one queue each way, no offloads. */
#include <xen/errno.h>
#include "core/string.h"
#include "platform/platform.h"
#include "virtqueue.h"

#define DEVICE_NETWORK   1u
#define FEATURE_MAC      (1u << 5)
#define FEATURE_STATUS   (1u << 16)
#define FEATURE_INDIRECT (1u << 28)
#define FEATURES         (FEATURE_MAC | FEATURE_STATUS | FEATURE_INDIRECT)
#define MTU              1500u
#define STATUS_LINK_UP   1u

enum { QUEUE_RECEIVE = 0, QUEUE_SEND = 1, QUEUES };

/* Stands before every frame; all zero means: a plain frame. */
struct header {
  uint8_t flags, segmentation;
  uint16_t header_length, segment_size, checksum_start, checksum_offset, buffers;
};

static struct hv_virtqueue queues[QUEUES];
static struct header headers[QUEUES][HV_IO_DEPTH];
static struct hv_descriptor tables[QUEUES][HV_IO_DEPTH][2];
static volatile uint32_t *registers; /* NULL: there is no network */

/* The device's configuration: six bytes of address, two of status. */
static void
read_config (uint32_t features, struct pv_io_net_info *info)
{
  uint32_t words[2] = { registers[HV_VIRTIO_CONFIG], registers[HV_VIRTIO_CONFIG + 1] };
  memcpy (info->mac, words, sizeof info->mac);
  info->mtu = MTU;
  info->flags = (features & FEATURE_STATUS) == 0 || (words[1] >> 16 & STATUS_LINK_UP) != 0
                    ? PV_IO_NET_LINK_UP
                    : 0;
  info->send_depth = info->post_depth = HV_IO_DEPTH;
}

int
hv_platform_network_start (void (*changed) (void), struct pv_io_net_info *info)
{
  registers = hv_virtio_find (DEVICE_NETWORK, changed);
  if (!registers)
    return -XEN_ENODEV;
  uint32_t features = hv_virtio_offered (registers) & FEATURES;
  if ((features & FEATURE_INDIRECT) == 0 || (features & FEATURE_MAC) == 0
      || !hv_virtio_begin (registers, features))
    return -XEN_ENODEV;
  for (uint32_t i = 0; i < QUEUES; i++)
    hv_virtqueue_init (&queues[i], registers, i);
  hv_virtio_ready (registers);
  read_config (features, info);
  return 0;
}

void
hv_platform_network_stop (void)
{
  hv_virtio_reset (registers);
}

static void
offer (uint32_t queue, uint32_t token, struct hv_io_segment buffer)
{
  uint16_t direction = queue == QUEUE_RECEIVE ? HV_DESCRIPTOR_WRITE : 0;
  struct header *header = &headers[queue][token];
  struct hv_descriptor *table = tables[queue][token];
  memset (header, 0, sizeof *header);
  table[0] = (struct hv_descriptor){ .address = hv_virtio_physical (header),
                                     .length = sizeof *header,
                                     .flags = direction };
  table[1] = (struct hv_descriptor){ .address = buffer.address,
                                     .length = buffer.length,
                                     .flags = direction };
  hv_virtqueue_offer_table (&queues[queue], token, table, 2);
}

void
hv_platform_network_send (uint32_t token, struct hv_io_segment frame)
{
  offer (QUEUE_SEND, token, frame);
}

void
hv_platform_network_post (uint32_t token, struct hv_io_segment room)
{
  offer (QUEUE_RECEIVE, token, room);
}

void
hv_platform_network_kick (bool send)
{
  hv_virtqueue_kick (&queues[send ? QUEUE_SEND : QUEUE_RECEIVE]);
}

bool
hv_platform_network_sent (uint32_t *token)
{
  uint32_t length;
  return hv_virtqueue_take (&queues[QUEUE_SEND], token, &length);
}

bool
hv_platform_network_received (uint32_t *token, uint32_t *length)
{
  if (!hv_virtqueue_take (&queues[QUEUE_RECEIVE], token, length))
    return false;
  *length -= *length < sizeof (struct header) ? *length : sizeof (struct header);
  return true;
}

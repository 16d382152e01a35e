/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's disk: a virtio block device (virtio 1.0, 5.2). */
#include <xen/errno.h>
#include "core/string.h"
#include "platform/platform.h"
#include "virtqueue.h"

#define DEVICE_BLOCK       2u
#define FEATURE_READ_ONLY  (1u << 5)
#define FEATURE_BLOCK_SIZE (1u << 6)
#define FEATURE_FLUSH      (1u << 9)
#define FEATURE_INDIRECT   (1u << 28)
#define FEATURES           (FEATURE_READ_ONLY | FEATURE_BLOCK_SIZE | FEATURE_FLUSH | FEATURE_INDIRECT)

#define CONFIG_CAPACITY_LOW  (HV_VIRTIO_CONFIG + 0)
#define CONFIG_CAPACITY_HIGH (HV_VIRTIO_CONFIG + 1)
#define CONFIG_BLOCK_SIZE    (HV_VIRTIO_CONFIG + 5)

enum { STATUS_OK = 0, STATUS_UNSUPPORTED = 2 };

_Static_assert(HV_IO_DEPTH <= HV_VIRTQUEUE_SIZE, "a token is a descriptor");

/* What the device reads before and writes after the data of one request. */
struct request {
  uint32_t type, reserved;
  uint64_t sector;
  uint8_t status;
};

static struct hv_virtqueue queue;
static struct request requests[HV_IO_DEPTH];
static struct hv_descriptor tables[HV_IO_DEPTH][PV_IO_SEGMENTS + 2];
static volatile uint32_t *registers; /* NULL: there is no disk */

int
hv_platform_disk_start (void (*changed) (void), struct pv_io_block_info *info)
{
  registers = hv_virtio_find (DEVICE_BLOCK, changed);
  if (!registers)
    return -XEN_ENODEV;
  uint32_t features = hv_virtio_offered (registers) & FEATURES;
  if ((features & FEATURE_INDIRECT) == 0 || !hv_virtio_begin (registers, features))
    return -XEN_ENODEV;
  hv_virtqueue_init (&queue, registers, 0);
  hv_virtio_ready (registers);
  info->sectors = (uint64_t)registers[CONFIG_CAPACITY_HIGH] << 32 | registers[CONFIG_CAPACITY_LOW];
  info->block_size
      = (features & FEATURE_BLOCK_SIZE) != 0 ? registers[CONFIG_BLOCK_SIZE] : PV_IO_SECTOR;
  info->flags = ((features & FEATURE_READ_ONLY) != 0 ? PV_IO_BLOCK_READ_ONLY : 0)
                | ((features & FEATURE_FLUSH) != 0 ? PV_IO_BLOCK_CACHE : 0);
  info->depth = HV_IO_DEPTH;
  return 0;
}

void
hv_platform_disk_stop (void)
{
  hv_virtio_reset (registers);
}

static struct hv_descriptor
describe (const void *own, uint32_t length, uint16_t flags)
{
  return (struct hv_descriptor){ .address = hv_virtio_physical (own),
                                 .length = length,
                                 .flags = flags };
}

void
hv_platform_disk_submit (uint32_t token,
                         enum pv_io_operation operation,
                         uint64_t sector,
                         const struct hv_io_segment *segments,
                         uint32_t count)
{
  static const uint8_t types[]
      = { [PV_IO_READ] = 0, [PV_IO_WRITE] = 1, [PV_IO_FLUSH] = 4 }; /* virtio's numbers */
  struct request *request = &requests[token];
  struct hv_descriptor *table = tables[token];
  *request = (struct request){ .type = types[operation], .sector = sector, .status = 0xff };
  table[0] = describe (request, offsetof (struct request, status), 0);
  for (uint32_t i = 0; i < count; i++)
    table[i + 1]
        = (struct hv_descriptor){ .address = segments[i].address,
                                  .length = segments[i].length,
                                  .flags = operation == PV_IO_READ ? HV_DESCRIPTOR_WRITE : 0 };
  table[count + 1] = describe (&request->status, 1, HV_DESCRIPTOR_WRITE);
  hv_virtqueue_offer_table (&queue, token, table, count + 2);
}

void
hv_platform_disk_kick (void)
{
  hv_virtqueue_kick (&queue);
}

bool
hv_platform_disk_take (uint32_t *token, int32_t *status)
{
  uint32_t length;
  if (!hv_virtqueue_take (&queue, token, &length))
    return false;
  uint8_t told = requests[*token].status;
  *status = told == STATUS_OK ? 0 : told == STATUS_UNSUPPORTED ? -XEN_EOPNOTSUPP : -XEN_EIO;
  return true;
}

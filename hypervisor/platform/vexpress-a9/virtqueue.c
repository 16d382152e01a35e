/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "virtqueue.h"

#include <stddef.h>
#include "arch/arm/cp15.h"
#include "registers.h"

#define MAGIC           (0x00 / 4)
#define VERSION         (0x04 / 4)
#define DEVICE_ID       (0x08 / 4)
#define DEVICE_FEATURES (0x10 / 4)
#define DEVICE_SELECT   (0x14 / 4)
#define DRIVER_FEATURES (0x20 / 4)
#define DRIVER_SELECT   (0x24 / 4)
#define QUEUE_SELECT    (0x30 / 4)
#define QUEUE_MAX       (0x34 / 4)
#define QUEUE_SIZE      (0x38 / 4)
#define QUEUE_READY     (0x44 / 4)
#define QUEUE_NOTIFY    (0x50 / 4)
#define IRQ_STATUS      (0x60 / 4)
#define IRQ_ACK         (0x64 / 4)
#define STATUS          (0x70 / 4)
#define QUEUE_DESC      (0x80 / 4)
#define QUEUE_DRIVER    (0x90 / 4)
#define QUEUE_DEVICE    (0xa0 / 4)

#define MAGIC_VALUE            0x74726976u
#define FEATURE_VERSION_1      1u /* bit 32 */
#define AVAILABLE_NO_INTERRUPT 1u

enum {
  STATUS_ACKNOWLEDGE = 1,
  STATUS_DRIVER = 2,
  STATUS_DRIVER_OK = 4,
  STATUS_FEATURES_OK = 8,
};

static struct {
  volatile uint32_t *registers;
  void (*interrupt) (void);
} transports[BOARD_VIRTIO_SLOTS];

uint32_t
hv_virtio_physical (const void *address)
{
  return (uint32_t)address - HV_VIRTUAL + HV_PHYSICAL;
}

volatile uint32_t *
hv_virtio_find (uint32_t device_id, void (*interrupt) (void))
{
  for (uint32_t slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++) {
    volatile uint32_t *registers = hv_device (BOARD_VIRTIO + slot * BOARD_VIRTIO_STEP);
    if (registers[MAGIC] == MAGIC_VALUE && registers[VERSION] == 2
        && registers[DEVICE_ID] == device_id) {
      transports[slot].registers = registers;
      transports[slot].interrupt = interrupt;
      return registers;
    }
  }
  return NULL;
}

uint32_t
hv_virtio_offered (volatile uint32_t *registers)
{
  registers[DEVICE_SELECT] = 0;
  return registers[DEVICE_FEATURES];
}

void
hv_virtio_reset (volatile uint32_t *registers)
{
  registers[STATUS] = 0;
  while (registers[STATUS] != 0)
    continue; /* until the device has let go (virtio 1.0, 4.2.3.1.1) */
}

bool
hv_virtio_begin (volatile uint32_t *registers, uint32_t features)
{
  hv_virtio_reset (registers);
  registers[STATUS] = STATUS_ACKNOWLEDGE;
  registers[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
  registers[DRIVER_SELECT] = 1;
  registers[DRIVER_FEATURES] = FEATURE_VERSION_1;
  registers[DRIVER_SELECT] = 0;
  registers[DRIVER_FEATURES] = features;
  registers[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
  return (registers[STATUS] & STATUS_FEATURES_OK) != 0;
}

void
hv_virtio_ready (volatile uint32_t *registers)
{
  registers[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK;
}

void
hv_virtio_interrupt (uint32_t slot)
{
  volatile uint32_t *registers = transports[slot].registers;
  if (!registers)
    return;
  registers[IRQ_ACK] = registers[IRQ_STATUS];
  transports[slot].interrupt ();
}

void
hv_virtqueue_init (struct hv_virtqueue *queue, volatile uint32_t *registers, uint32_t number)
{
  queue->available.index = queue->used.index = queue->seen = 0;
  queue->registers = registers;
  queue->number = number;
  registers[QUEUE_SELECT] = number;
  registers[QUEUE_SIZE] = HV_VIRTQUEUE_SIZE;
  registers[QUEUE_DESC] = hv_virtio_physical (queue->descriptor);
  registers[QUEUE_DESC + 1] = 0;
  registers[QUEUE_DRIVER] = hv_virtio_physical (&queue->available);
  registers[QUEUE_DRIVER + 1] = 0;
  registers[QUEUE_DEVICE] = hv_virtio_physical (&queue->used);
  registers[QUEUE_DEVICE + 1] = 0;
  registers[QUEUE_READY] = 1;
}

static void
offer (struct hv_virtqueue *queue, uint32_t id, void *buffer, uint32_t length, uint32_t flags)
{
  queue->descriptor[id].address = hv_virtio_physical (buffer);
  queue->descriptor[id].length = length;
  queue->descriptor[id].flags = (uint16_t)flags;
  queue->available.ring[queue->available.index % HV_VIRTQUEUE_SIZE] = (uint16_t)id;
  hv_dmb ();
  queue->available.index++;
}

void
hv_virtqueue_offer (
    struct hv_virtqueue *queue, uint32_t id, void *buffer, uint32_t length, bool device_writes)
{
  offer (queue, id, buffer, length, device_writes ? HV_DESCRIPTOR_WRITE : 0);
}

void
hv_virtqueue_offer_table (struct hv_virtqueue *queue,
                          uint32_t id,
                          struct hv_descriptor *table,
                          uint32_t count)
{
  for (uint32_t i = 0; i + 1 < count; i++) {
    table[i].flags |= HV_DESCRIPTOR_NEXT;
    table[i].next = (uint16_t)(i + 1);
  }
  offer (queue, id, table, count * sizeof table[0], HV_DESCRIPTOR_INDIRECT);
}

void
hv_virtqueue_kick (struct hv_virtqueue *queue)
{
  hv_dsb ();
  queue->registers[QUEUE_NOTIFY] = queue->number;
}

void
hv_virtqueue_interrupt (struct hv_virtqueue *queue, bool wanted)
{
  queue->available.flags = wanted ? 0 : AVAILABLE_NO_INTERRUPT;
  hv_dmb ();
}

bool
hv_virtqueue_take (struct hv_virtqueue *queue, uint32_t *id, uint32_t *length)
{
  if (__atomic_load_n (&queue->used.index, __ATOMIC_ACQUIRE) == queue->seen)
    return false;
  *id = queue->used.ring[queue->seen % HV_VIRTQUEUE_SIZE].id % HV_VIRTQUEUE_SIZE;
  *length = queue->used.ring[queue->seen % HV_VIRTQUEUE_SIZE].length;
  queue->seen++;
  return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "virtqueue.h"

#include <stddef.h>
#include "arch/arm/cp15.h"
#include "registers.h"

#define MAGIC           (0x00 / 4)
#define VERSION         (0x04 / 4)
#define DEVICE_ID       (0x08 / 4)
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
#define DESCRIPTOR_WRITE       2u

enum {
  STATUS_ACKNOWLEDGE = 1,
  STATUS_DRIVER = 2,
  STATUS_DRIVER_OK = 4,
  STATUS_FEATURES_OK = 8,
};

/* Devices see physical addresses. */
static uint32_t
physical (const void *address)
{
  return (uint32_t)address - HV_VIRTUAL + HV_PHYSICAL;
}

volatile uint32_t *
hv_virtio_find (uint32_t device_id)
{
  for (uint32_t slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++) {
    volatile uint32_t *registers = hv_device (BOARD_VIRTIO + slot * BOARD_VIRTIO_STEP);
    if (registers[MAGIC] == MAGIC_VALUE && registers[VERSION] == 2
        && registers[DEVICE_ID] == device_id)
      return registers;
  }
  return NULL;
}

bool
hv_virtio_begin (volatile uint32_t *registers, uint32_t features)
{
  registers[STATUS] = 0;
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
hv_virtio_acknowledge (volatile uint32_t *registers)
{
  registers[IRQ_ACK] = registers[IRQ_STATUS];
}

void
hv_virtqueue_init (struct hv_virtqueue *queue, volatile uint32_t *registers, uint32_t number)
{
  queue->registers = registers;
  queue->number = number;
  registers[QUEUE_SELECT] = number;
  registers[QUEUE_SIZE] = HV_VIRTQUEUE_SIZE;
  registers[QUEUE_DESC] = physical (queue->descriptor);
  registers[QUEUE_DESC + 1] = 0;
  registers[QUEUE_DRIVER] = physical (&queue->available);
  registers[QUEUE_DRIVER + 1] = 0;
  registers[QUEUE_DEVICE] = physical (&queue->used);
  registers[QUEUE_DEVICE + 1] = 0;
  registers[QUEUE_READY] = 1;
}

void
hv_virtqueue_offer (
    struct hv_virtqueue *queue, uint32_t id, void *buffer, uint32_t length, bool device_writes)
{
  queue->descriptor[id].address = physical (buffer);
  queue->descriptor[id].length = length;
  queue->descriptor[id].flags = device_writes ? DESCRIPTOR_WRITE : 0;
  queue->available.ring[queue->available.index % HV_VIRTQUEUE_SIZE] = (uint16_t)id;
  hv_dmb ();
  queue->available.index++;
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A split virtqueue (virtio 1.0, 2.6) in the hypervisor's own memory, and its virtio-mmio
 * transport. */
#ifndef HV_VIRTQUEUE_H
#define HV_VIRTQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define HV_VIRTQUEUE_SIZE 32u

/* A buffer by its physical address, or a table of descriptors that are offered as one. */
struct hv_descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};
#define HV_DESCRIPTOR_NEXT     1u /* the one with number `next` follows */
#define HV_DESCRIPTOR_WRITE    2u /* the device writes */
#define HV_DESCRIPTOR_INDIRECT 4u

struct hv_virtqueue {
  struct hv_descriptor descriptor[HV_VIRTQUEUE_SIZE];
  struct {
    uint16_t flags, index, ring[HV_VIRTQUEUE_SIZE];
  } available;
  uint32_t pad;
  struct {
    uint16_t flags, index;
    struct {
      uint32_t id, length;
    } ring[HV_VIRTQUEUE_SIZE];
  } used;
  volatile uint32_t *registers; /* of the transport */
  uint32_t number;
  uint16_t seen; /* used entries taken */
} __attribute__ ((aligned (16)));

/* The device sees the hypervisor's own memory at: */
uint32_t hv_virtio_physical (const void *address);

/* Finds the transport with this device id, whose interrupts go to `interrupt`, acknowledged; -> its
   registers, or NULL. */
volatile uint32_t *hv_virtio_find (uint32_t device_id, void (*interrupt) (void));
/* The features, bits 0..31, that the device offers. */
uint32_t hv_virtio_offered (volatile uint32_t *registers);
/* Resets the device and agrees on `features` (bits 0..31) and version 1; false: it does not. */
bool hv_virtio_begin (volatile uint32_t *registers, uint32_t features);
void hv_virtio_ready (volatile uint32_t *registers);
/* Takes every buffer from the device at once; hv_virtio_begin starts it again. */
void hv_virtio_reset (volatile uint32_t *registers);
/* The device's own configuration. */
#define HV_VIRTIO_CONFIG (0x100 / 4)
/* An interrupt of a transport. */
void hv_virtio_interrupt (uint32_t slot);

void hv_virtqueue_init (struct hv_virtqueue *queue, volatile uint32_t *registers, uint32_t number);
/* Offers buffer `id`; `device_writes` tells the direction. Call kick afterwards. */
void hv_virtqueue_offer (
    struct hv_virtqueue *queue, uint32_t id, void *buffer, uint32_t length, bool device_writes);
/* The same for a chain of `count` descriptors, by a table that stays until the chain comes back. */
void hv_virtqueue_offer_table (struct hv_virtqueue *queue,
                               uint32_t id,
                               struct hv_descriptor *table,
                               uint32_t count);
void hv_virtqueue_kick (struct hv_virtqueue *queue);
/* Whether the device interrupts when it is done with a buffer of this queue; it does at first. */
void hv_virtqueue_interrupt (struct hv_virtqueue *queue, bool wanted);
/* Takes one buffer that the device is done with; false: there is none. */
bool hv_virtqueue_take (struct hv_virtqueue *queue, uint32_t *id, uint32_t *length);

#endif

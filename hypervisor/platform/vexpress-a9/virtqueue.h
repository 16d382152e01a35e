/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A split virtqueue (virtio 1.0, 2.6) in the hypervisor's own memory, and its virtio-mmio
 * transport. */
#ifndef HV_VIRTQUEUE_H
#define HV_VIRTQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define HV_VIRTQUEUE_SIZE 8u

struct hv_virtqueue {
  struct {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
  } descriptor[HV_VIRTQUEUE_SIZE];
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

/* Finds the transport with this device id; -> its registers, or NULL. */
volatile uint32_t *hv_virtio_find (uint32_t device_id);
/* Resets the device and agrees on `features` (bits 0..31) and version 1; false: it does not. */
bool hv_virtio_begin (volatile uint32_t *registers, uint32_t features);
void hv_virtio_ready (volatile uint32_t *registers);
/* Acknowledges the device's interrupt. */
void hv_virtio_acknowledge (volatile uint32_t *registers);

void hv_virtqueue_init (struct hv_virtqueue *queue, volatile uint32_t *registers, uint32_t number);
/* Offers buffer `id`; `device_writes` tells the direction. Call kick afterwards. */
void hv_virtqueue_offer (
    struct hv_virtqueue *queue, uint32_t id, void *buffer, uint32_t length, bool device_writes);
void hv_virtqueue_kick (struct hv_virtqueue *queue);
/* Whether the device interrupts when it is done with a buffer of this queue; it does at first. */
void hv_virtqueue_interrupt (struct hv_virtqueue *queue, bool wanted);
/* Takes one buffer that the device is done with; false: there is none. */
bool hv_virtqueue_take (struct hv_virtqueue *queue, uint32_t *id, uint32_t *length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a ring of bytes that are numbered since the beginning and overwritten when old. */
#ifndef HV_RING_H
#define HV_RING_H

#include <stdint.h>

/*
 * Copies to the calling guest at most `length` bytes from number `*since` on. `size` is a power of
 * two. Sets
 * `*since` to the number of the first byte copied (older ones may be gone) and `*next` to the one
 * to ask for next.
 * -> bytes, or -XEN_EFAULT.
 */
long hv_ring_read (const char *ring,
                   uint32_t size,
                   uint64_t written,
                   uint32_t buffer,
                   uint32_t length,
                   uint64_t *since,
                   uint64_t *next);

#endif

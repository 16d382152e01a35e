/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/ring.h"

#include <xen/errno.h>
#include "arch/arch.h"

long
hv_ring_read (const char *ring,
              uint32_t size,
              uint64_t written,
              uint32_t buffer,
              uint32_t length,
              uint64_t *since,
              uint64_t *next)
{
  uint64_t oldest = written > size ? written - size : 0;
  uint64_t from = *since < oldest ? oldest : *since > written ? written : *since;
  uint64_t there = written - from;
  uint32_t count = there < length ? (uint32_t)there : length;
  uint32_t at = (uint32_t)from & (size - 1);
  uint32_t straight = count < size - at ? count : size - at;

  if (hv_copy_to_guest (buffer, ring + at, straight)
      || hv_copy_to_guest (buffer + straight, ring, count - straight))
    return -XEN_EFAULT;
  *since = from;
  *next = from + count;
  return (long)count;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ChaCha20's block function over a key that is stirred by the times of events and replaced after
 * each use. */
#include "random.h"

#include "pv.h"

static uint32_t key[8];
static uint32_t counter;

static inline uint32_t
rotate (uint32_t value, uint32_t by)
{
  return value << by | value >> (32 - by);
}

static void
quarter (uint32_t *x, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
  x[a] += x[b], x[d] = rotate (x[d] ^ x[a], 16);
  x[c] += x[d], x[b] = rotate (x[b] ^ x[c], 12);
  x[a] += x[b], x[d] = rotate (x[d] ^ x[a], 8);
  x[c] += x[d], x[b] = rotate (x[b] ^ x[c], 7);
}

static void
block (uint32_t out[16])
{
  uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
  uint64_t now = pv_time_ns ();
  memcpy (start + 4, key, sizeof key);
  start[12] = counter++;
  start[13] = pv_start->domid;
  start[14] = (uint32_t)now;
  start[15] = (uint32_t)(now >> 32);
  memcpy (out, start, sizeof start);
  for (uint32_t round = 0; round < 10; round++) {
    for (uint32_t i = 0; i < 4; i++)
      quarter (out, i, 4 + i, 8 + i, 12 + i);
    for (uint32_t i = 0; i < 4; i++)
      quarter (out, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
  }
  for (uint32_t i = 0; i < 16; i++)
    out[i] += start[i];
}

void
random_stir (void)
{
  uint64_t now = pv_time_ns ();
  key[counter % 8] += rotate ((uint32_t)now, counter / 8 % 32) ^ (uint32_t)(now >> 32);
  counter++;
}

void
random_bytes (void *buffer, uint32_t length)
{
  uint32_t words[16];
  char *to = buffer;
  while (length > 0) {
    uint32_t part = length < 32 ? length : 32;
    block (words);
    memcpy (key, words + 8, sizeof key); /* what was given out cannot be computed back */
    memcpy (to, words, part);
    to += part;
    length -= part;
  }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CRC-32 of IEEE 802.3, as zlib and PNG have it. */
#ifndef CONTROL_CRC32_H
#define CONTROL_CRC32_H

#include "base.h"

/* Goes on from `crc`, which is 0 at the start. */
uint32_t crc32_update (uint32_t crc, const void *bytes, size_t length);

#endif

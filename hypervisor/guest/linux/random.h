/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINUX_RANDOM_H
#define LINUX_RANDOM_H

#include <stdint.h>

/* Unpredictable only as far as the moments are at which events came: the board has no source of
 * randomness. */
void random_bytes (void *buffer, uint32_t length);
/* An event has come just now. */
void random_stir (void);

#endif

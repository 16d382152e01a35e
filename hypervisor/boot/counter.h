/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counter of versions in flash 0, and how it is advanced. */
#ifndef BOOT_COUNTER_H
#define BOOT_COUNTER_H

#include "boot/store.h"

const uint32_t *counter_words (void);
/* Programs bits of the counter until it holds `to`; STORE_COUNTER_STUCK where the flash does not keep them. */
enum store_error counter_advance (uint32_t from, uint32_t to);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory functions that there are in the hypervisor (arch/arm/string.S). */
#ifndef HV_STRING_H
#define HV_STRING_H

#include <stddef.h>

void *memcpy (void *to, const void *from, size_t length);
void *memset (void *to, int byte, size_t length);
int memcmp (const void *a, const void *b, size_t length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What C leaves to a library, from the guest library here and from the C library in host tests. */
#ifndef CONTROL_BASE_H
#define CONTROL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <string.h>
#else
/* In the guest library. */
void *memcpy (void *to, const void *from, size_t length);
void *memmove (void *to, const void *from, size_t length);
void *memset (void *to, int byte, size_t length);
int memcmp (const void *a, const void *b, size_t length);
size_t strlen (const char *text);
int strcmp (const char *a, const char *b);
#endif

#define ARRAY_LENGTH(array) (sizeof (array) / sizeof ((array)[0]))

#endif

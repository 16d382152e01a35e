/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What BearSSL includes of the C library, where there is none. */
#ifndef BOOT_LIBC_STRING_H
#define BOOT_LIBC_STRING_H

#include <stddef.h>

void *memcpy (void *to, const void *from, size_t length);
void *memmove (void *to, const void *from, size_t length);
void *memset (void *to, int byte, size_t length);
int memcmp (const void *a, const void *b, size_t length);
size_t strlen (const char *text);

#endif

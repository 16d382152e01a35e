/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first ones are in the guest library. */
#ifndef NET_STRING_H
#define NET_STRING_H

#include <stddef.h>

void *memcpy (void *to, const void *from, size_t length);
void *memmove (void *to, const void *from, size_t length);
void *memset (void *to, int byte, size_t length);
int memcmp (const void *a, const void *b, size_t length);
size_t strlen (const char *text);
int strcmp (const char *a, const char *b);
int strncmp (const char *a, const char *b, size_t length);

char *strchr (const char *text, int byte);
char *strstr (const char *text, const char *part);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_STDIO_H
#define NET_STDIO_H

#include <stddef.h>

int snprintf (char *buffer, size_t size, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_STDLIB_H
#define NET_STDLIB_H

#include <stddef.h>

int atoi (const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONTROL_UTF8_H
#define CONTROL_UTF8_H

#include "base.h"

/* Length of the UTF-8 sequence (RFC 3629) at `text`, which has at least one byte. -> 0: it is none;
   -1: it is the start of one that `length` cuts off. */
int utf8_length (const char *text, size_t length);

#endif

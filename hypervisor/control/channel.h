/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONTROL_CHANNEL_H
#define CONTROL_CHANNEL_H

#include "base.h"

typedef void (*channel_line_func) (const char *line, size_t length);

void channel_init (void);
/* Whether anybody is at the other end. */
bool channel_is_connected (void);
/* Takes the bytes that are there and hands on each whole line; `too_long` is called in place of a
   line longer than the service takes. -> whether there were any bytes. */
bool channel_receive (channel_line_func take, void (*too_long) (void));
/* Writes all of it, waiting for room; gives up where nobody is connected. */
void channel_write (const char *bytes, size_t length);

#endif

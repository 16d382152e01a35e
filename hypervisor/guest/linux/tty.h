/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domain's console as a terminal: line editing, echo, signals, raw mode, foreground process
 * group. */
#ifndef LINUX_TTY_H
#define LINUX_TTY_H

#include "file.h"

extern const struct file_ops file_ops_tty;

void tty_init (void);
/* Kernel messages: straight out. */
void tty_print (const char *text);
/* The leader of a session has ended: its terminal is free. */
void tty_session_ended (uint32_t session);
/* The session that has it, 0: none. */
uint32_t tty_session (void);

#endif

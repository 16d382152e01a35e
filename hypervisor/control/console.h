/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONTROL_CONSOLE_H
#define CONTROL_CONSOLE_H

#include "port.h"

/* More than the hypervisor keeps of a console. */
#define CONSOLE_TEXT_MAX 65536

/*
 * Reads all that is kept of the console of domain `id` from byte number `since` on, up to the last
 * whole character. -> its length, or a negative XEN_E*. *text is valid until the next call.
 */
long console_read (uint32_t id, uint64_t since, const char **text, struct port_console *position);

#endif

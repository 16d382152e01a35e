/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains whose watchdog ended them are started anew, where that was asked for: from their image, with the
 * name, the label, the devices and the scheduling that they had.
 */
#ifndef CONTROL_WATCHDOG_H
#define CONTROL_WATCHDOG_H

#include "domain.h"

/* A domain may have ended. */
void watchdog_look_soon (void);
/* Starts what is due. -> when to be called again, 0: when a domain ends. */
uint64_t watchdog_run (uint64_t now_ns);
/* Writes the member `watchdog` of a domain that has one. */
void watchdog_write (struct json_writer *out, const struct domain *domain);

#endif

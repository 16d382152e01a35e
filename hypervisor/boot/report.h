/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ROM tells a person: on the machine's log and on its display. */
#ifndef BOOT_REPORT_H
#define BOOT_REPORT_H

#include "boot/info.h"

/* Starts the clock, and switches the display on, dark. */
void report_begin (void);
/* Why nothing is started; `image`: in which one it was found, or NULL. */
void report_refusal (const char *reason, const char *image);
/* What is started, and if its keys are a developer's. */
void report_verified (const struct boot_info *info);
/* Draws why the hypervisor has stopped: for the hypervisor, which has logged it (boot_info.report). */
void report_panic (const char *reason);

#endif

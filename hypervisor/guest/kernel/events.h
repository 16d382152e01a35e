/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor and the control domain tell a kernel: its time, that it shall shut down. */
#ifndef KERNEL_EVENTS_H
#define KERNEL_EVENTS_H

void events_init (void);

/* The kernel's own: a line for the person at the console, without an end of line. */
void kernel_notice (const char *text);

#endif

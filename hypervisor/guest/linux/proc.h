/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc: what ps, top, free, uptime and mount read. */
#ifndef LINUX_PROC_H
#define LINUX_PROC_H

/* Mounts it at /proc, which is made if it has to be. */
void proc_init (void);

#endif

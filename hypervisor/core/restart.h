/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control domain made anew, while the others go on. */
#ifndef HV_RESTART_H
#define HV_RESTART_H

void hv_restart_init (void);
/* The control domain has ended: it is made again from its image, in slices, from now on. One that
   does not live long ends the machine. */
void hv_restart_control (void);

#endif

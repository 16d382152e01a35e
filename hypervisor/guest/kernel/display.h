/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The display as processes see it: blocks of pixels go to it, keys and the pointer come from it. */
#ifndef KERNEL_DISPLAY_H
#define KERNEL_DISPLAY_H

#include "abi.h"

/* Takes a picture, if the machine has one to give; without it the calls below fail with
 * -XEN_ENODEV. */
void display_init (void);
/* The system calls; the arguments are in the kernel's memory. */
long display_info (struct display_info *info);
/* 0, -XEN_EINVAL, or -XEN_EAGAIN: the display is with another domain. */
long display_draw (const struct display_block *block);
/* -> events stored */
long display_input (struct input_event *events, uint32_t count);

#endif

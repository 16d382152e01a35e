/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Special files: devices with Linux' numbers: null, zero, full, random, urandom, tty, console, and
 * the disks. */
#ifndef LINUX_SPECIAL_H
#define LINUX_SPECIAL_H

#include "node.h"

/* Makes a device or a named pipe of a new node, by its mode; opening a number that nobody serves
 * gives -ENXIO. */
void special_attach (struct node *node, uint32_t number);

#endif

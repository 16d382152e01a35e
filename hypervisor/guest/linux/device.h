/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Character devices with Linux' numbers: null, zero, full, random, urandom, tty, console. */
#ifndef LINUX_DEVICE_H
#define LINUX_DEVICE_H

#include "node.h"

/* Makes a device or a named pipe of a new node, by its mode; opening a number that nobody serves gives -ENXIO. */
void device_attach (struct node *node, uint32_t number);

#endif

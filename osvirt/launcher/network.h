/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/wire.h"

/**
 * network_new:
 * @within: a user namespace to own the network; -1 for a new one, where uid 0 is this process's user
 * @userns: (out): the one that owns it
 * @netns: (out): the network: a loopback interface that is up, and nothing else
 *
 * Makes a network without privilege. It lasts as long as its descriptor, or a process in it. For a program of one thread.
 *
 * Returns: 0, or -1
 */
int network_new (int within, int *userns, int *netns, struct wire_fault *fault);

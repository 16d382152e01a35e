/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "suspend/tree.h"

/* Takes what the kernel has told the processes of a view about the host's network, and they have not read: CRIU refuses a
 * netlink socket with news in it. It would be news of another time when they go on. */
void netlink_drain (const struct tree *tree);

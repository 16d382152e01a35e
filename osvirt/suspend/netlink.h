/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "suspend/tree.h"

/* CRIU refuses a netlink socket with news in it, and on a busy host there is always some. So before a dump the sockets of a
 * view leave their groups, and what they have not read is thrown away: it would be news of another time when they go on.
 * Which groups they were in is noted in the image. */
void netlink_mute (const struct tree *tree, int image);

/* Lets them into their groups again, after a restore or where the original goes on. */
void netlink_unmute (const struct tree *tree, int image);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

/**
 * group_join_client:
 * @pid: of a view that has started nothing yet
 * @socket: of the client
 * @uid: its user
 *
 * Puts the view into the control group of version 2 that the client is in, if that was delegated to its user: as if it were the
 * client's own child, so that its budgets hold, and the client can move programs on to groups below.
 */
void group_join_client (pid_t pid, int socket, uid_t uid);

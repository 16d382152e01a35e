/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * activation_run:
 * @path: where to make a socket, in a folder that is there
 * @argv: (array zero-terminated=1): the program and its arguments
 *
 * Socket activation: goes on in the background, and becomes the program when somebody connects. It is given the listening socket as
 * systemd gives it: descriptor 3, $LISTEN_FDS and $LISTEN_PID.
 *
 * Returns: in the foreground, an exit status: 0 once a connection is waited for
 */
int activation_run (const char *path, char *const *argv);

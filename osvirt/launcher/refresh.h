/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How often views look again while the host goes on changing: it costs them what they have looked up. And until how long after
 * the last change, in ever longer pauses: a name that a program has open just then is not forgotten. */
enum { REFRESH_MS = 500, REFRESH_LAST_MS = 8000 };

/* An overlay keeps what it has once looked up in the layers below, also that there is nothing of a name, and does not notice
 * when the host changes that. So a view has to be told to look again. */

/**
 * view_refresh:
 * @root: its root directory
 * @mounts: path of its mountinfo
 *
 * Makes the overlays of a view forget the names that nobody has open. Needs CAP_SYS_ADMIN where they were mounted. What cannot
 * be refreshed stays as it is.
 */
void view_refresh (int root, const char *mounts);

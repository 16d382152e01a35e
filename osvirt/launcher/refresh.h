/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

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

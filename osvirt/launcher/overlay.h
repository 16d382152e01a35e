/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/mounts.h"

#define VIEW_ID_BASE 100000 /* uid and gid 0 of a view on the host; 65536 of each follow */
#define VIEW_ID_TEXT(number) VIEW_ID_TEXT_ (number)
#define VIEW_ID_TEXT_(number) #number

/* Where a view is put together: a tmpfs that covers /run of a mount namespace of our own, with these directories. Every
 * host has /run, and what is attached below it never meets the host's own mount namespace. */
#define STAGE "/run"
#define STAGE_ROOT STAGE "/root"
#define STAGE_WORKSPACE STAGE "/workspace"

/* In a workspace that is suspended: files of the host that it was suspended on, where this host's differ. */
#define CARRIED_FILES "state/suspend/here"

/* Opens @path below @dir, never through a link, and never out of @dir's mount. */
int open_beneath (int dir, const char *path, int flags);

/* Makes the directory @path below @dir with all its parents, mode 0755, and opens it (O_PATH). */
int make_beneath (int dir, const char *path, struct wire_fault *fault);

/* Makes the workspace's own /var/tmp, which is a place of private files as /tmp is: nothing of the host's shines through. */
int overlay_make_tmp (struct wire_fault *fault);

/**
 * overlay_in_workspace:
 * @lower: what lies below, as overlayfs writes it, in this mount namespace
 * @path: where on the host the layer belongs: "" for the root, "usr" or "var/lib/x" for a part
 *
 * An overlay whose upper layer is the workspace's, mounted at STAGE_WORKSPACE. A part lies in the workspace where it
 * would lie without being a part, so that another host, where it is none, finds it. user.* attributes carry the
 * overlay's marks: full and reduced mode write the same format, and a user can copy a workspace.
 *
 * Returns: descriptor of the detached mount, or -1
 */
int overlay_in_workspace (const char *lower, const char *path, struct wire_fault *fault);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* The kernel begins an overlay by removing what the last one at this place has left in its work directory, an empty one as a rule.
 * Where the file system gives free blocks back to the medium at once (ext4 with "discard" and without a journal), that takes as
 * long as all the rest: so it is moved aside, and removed when the client has its view. */

/* The workspace at STAGE_WORKSPACE: the folder of its work directories, to be closed by the caller; -1 if there is none. */
int workdir_open (void);

/* Where the work directory of the layer for @path (see overlay.h) lies below that folder, into @name. */
void workdir_name (const char *path, char *name, size_t size);

/* Moves what the last overlay for @path has left aside; what is not as the kernel leaves it stays, for the kernel to judge. */
void workdir_set_aside (int folder, const char *path);

/* Removes what was moved aside, now or before a power cut. */
void workdir_clean (int folder);

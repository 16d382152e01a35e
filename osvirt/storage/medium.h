/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * medium_of_folder:
 * @path: a folder
 *
 * Returns: the device whose file system the folder is on; 0 where that is on none of its own
 */
dev_t medium_of_folder (const char *path);

/**
 * medium_is_there:
 * @device: from medium_of_folder(), at a time when it was there
 *
 * A medium that was pulled out leaves its mount behind, from which what the kernel remembers can be read still.
 *
 * Returns: whether it is attached; %TRUE where nobody can tell
 */
gboolean medium_is_there (dev_t device);

G_END_DECLS

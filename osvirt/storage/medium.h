/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include <glib.h>

G_BEGIN_DECLS

/* The devices that a file system is on: its own first, then each that the one before lies on. */
typedef GArray Medium; /* of dev_t; 0 for one that is gone already */

/**
 * medium_of_folder:
 * @path: a folder
 *
 * A mapped device (dm-crypt, a logical volume) is followed to what it is mapped to, a loop device to the medium of its file. What
 * lies on several devices may do without one of them: there it ends.
 *
 * Returns: (transfer full): its medium; empty where that is on no device of this host
 */
Medium *medium_of_folder (const char *path);

/* (nullable): for g_clear_pointer() */
void medium_free (Medium *self);

/* Whether @device is one that it is on. */
gboolean medium_has (const Medium *self, dev_t device);

/**
 * medium_is_there:
 * @self: from medium_of_folder()
 *
 * A medium that was pulled out leaves its mount behind, from which what the kernel remembers can be read still.
 *
 * Returns: whether it is attached; %TRUE where nobody can tell
 */
gboolean medium_is_there (const Medium *self);

/* The same of the medium that the folder @path is on now. */
gboolean medium_of_folder_is_there (const char *path);

G_END_DECLS

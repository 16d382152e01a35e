/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The path of this process in the hierarchy of @controllers, "" for that of version 2: (transfer full) (nullable) */
char *control_group_own_path (const char *controllers);

/* Where a hierarchy is mounted: (transfer full) (nullable). @option: what its mount says, NULL for version 2 */
char *control_group_mount_point (const char *option);

/* The number in a group's file; 0 where there is none. @key: what stands before it, NULL for the first */
guint64 control_group_read (const char *path, const char *key);

/* Bytes that the groups of this process leave it; G_MAXUINT64 where they limit nothing. */
guint64 control_group_get_free_memory (void);

G_END_DECLS

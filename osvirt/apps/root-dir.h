/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A workspace's root. The home folder is private to the workspace's user and may be owned by an id that we
 * cannot act as; its descriptor comes from the workspace's storage, where the files are ours. */
typedef struct {
  int fd;
  int home_fd; /* -1 where the home is not apart */
  const char *home; /* its path below the root */
} RootDir;

int      root_dir_open (const RootDir *root, const char *path, int flags);
gboolean root_dir_read (const RootDir *root, const char *path, gsize max_size, char **data, gsize *length, GError **error);
gboolean root_dir_has_file (const RootDir *root, const char *path);
gboolean root_dir_is_program (const RootDir *root, const char *path);
char    *root_dir_find_program (const RootDir *root, const char *name, const char *search_path);

G_END_DECLS

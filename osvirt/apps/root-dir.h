/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

int      root_dir_open (int root, const char *path, int flags);
gboolean root_dir_read (int root, const char *path, gsize max_size, char **data, gsize *length, GError **error);
gboolean root_dir_has_file (int root, const char *path);
gboolean root_dir_is_program (int root, const char *path);
char    *root_dir_find_program (int root, const char *name, const char *search_path);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Writes a file below @root with the folders above it. */
static inline void
tree_write (const char *root, const char *path, const char *text, int mode)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (full, text, -1, NULL));
  g_assert_cmpint (g_chmod (full, mode), ==, 0);
}

static inline void
tree_remove (const char *path)
{
  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
      g_autofree char *child = g_build_filename (path, name, NULL);
      tree_remove (child);
    }
  }
  g_remove (path);
}

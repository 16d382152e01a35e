/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "paths.h"

#include "config.h"

/* The root of the build tree, known by its ninja file, or NULL: the program lies in its folder
 * "app". */
static char *
build_root (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : g_strdup (".");
  g_autofree char *root = g_path_get_dirname (folder);
  g_autofree char *mark = g_build_filename (root, "build.ninja", NULL);

  return g_file_test (mark, G_FILE_TEST_EXISTS) ? g_steal_pointer (&root) : NULL;
}

/**
 * dmc_path_plugins:
 *
 * Returns: (transfer full): the folder with one folder per plugin that came with this program
 */
char *
dmc_path_plugins (void)
{
  g_autofree char *root = build_root ();

  return root != NULL ? g_build_filename (root, "plugins", NULL)
                      : g_build_filename (PKGLIBDIR, "plugins", NULL);
}

/**
 * dmc_path_schemas:
 *
 * Returns: (transfer full) (nullable): a folder with compiled settings schemas beside the system's
 */
char *
dmc_path_schemas (void)
{
  g_autofree char *root = build_root ();

  return root != NULL ? g_build_filename (root, "data", NULL) : NULL;
}

/**
 * dmc_path_locale:
 *
 * Returns: (transfer full): the folder with the translations
 */
char *
dmc_path_locale (void)
{
  g_autofree char *root = build_root ();

  return root != NULL ? g_build_filename (root, "po", NULL) : g_strdup (LOCALEDIR);
}

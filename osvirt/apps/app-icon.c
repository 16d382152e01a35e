/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Icons of apps that only the workspace has. A console on the host cannot look into an open workspace, so
 * it gets a drawing in the agent's runtime folder, which is in memory and goes when the workspace is closed. */
#include "apps/app-icon.h"

#include <string.h>

#include "apps/picture-export.h"

static const char *const suffixes[] = { ".svg", ".png", ".xpm" };

/* The hicolor theme's folders, best for a launchpad first. See the Icon Theme Specification. */
static const char *const folders[] = {
  "icons/hicolor/scalable/apps", "icons/hicolor/128x128/apps", "icons/hicolor/256x256/apps",
  "icons/hicolor/512x512/apps",  "icons/hicolor/64x64/apps",   "icons/hicolor/48x48/apps",
  "icons/hicolor/32x32/apps",    "pixmaps",
};

static gboolean
is_icon_file (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i]))
      return TRUE;
  return FALSE;
}

static char *
find_in (const RootDir *root, const char *data_dir, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (suffixes); j++) {
      g_autofree char *path = g_strconcat (data_dir, "/", folders[i], "/", name, suffixes[j], NULL);
      if (root_dir_has_file (root, path))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static char *
find_named (const RootDir *root, const char *name)
{
  g_autofree char *own_data = g_build_filename (root->home, ".local/share", NULL);
  char *path = find_in (root, own_data, name);

  if (path == NULL)
    path = find_in (root, "/usr/local/share", name);
  return path != NULL ? path : find_in (root, "/usr/share", name);
}

/* Where the icon is below the root, if it is not one that the host has in the same place. */
static char *
find_own (const RootDir *root, const char *icon)
{
  g_autofree char *path = NULL;

  if (icon[0] == '/')
    path = is_icon_file (icon) ? g_strdup (icon) : NULL;
  else if (icon[0] != '\0' && strchr (icon, '/') == NULL)
    path = find_named (root, icon);
  return path == NULL || g_file_test (path, G_FILE_TEST_EXISTS) ? NULL : g_steal_pointer (&path);
}

/**
 * app_icon_export:
 * @root: a workspace's root directory
 * @icon: an icon's name or absolute path, from a desktop file
 * @export_dir: a folder of the host for drawings; made where it is missing
 * @drawer: who draws it
 *
 * Makes an icon that only the workspace has visible on the host. Blocks on the medium and for as long as it is drawn.
 *
 * Returns: (transfer full) (nullable): a PNG; %NULL where the host has the icon, or nobody has one that can be drawn
 */
char *
app_icon_export (const RootDir *root, const char *icon, const char *export_dir, PictureDrawer *drawer)
{
  g_autofree char *own = find_own (root, icon);
  g_autofree char *data = NULL;
  gsize length = 0;

  if (own == NULL || !root_dir_read (root, own, PICTURE_MAX_BYTES, &data, &length, NULL))
    return NULL;
  return picture_export (drawer, data, length, export_dir);
}

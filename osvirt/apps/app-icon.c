/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Icons of apps that only the workspace has. A console on the host cannot look into an open workspace, so
 * it gets a drawing in the agent's runtime folder, which is in memory and goes when the workspace is closed. */
#include "apps/app-icon.h"

#include <glib/gstdio.h>
#include <string.h>


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

/* Keeps the drawing, or that there is none, so that no picture is drawn twice. */
static gboolean
draw_once (PictureDrawer *drawer, const char *data, gsize length, const char *copy, const char *none, const char *export_dir)
{
  g_autofree char *drawn = NULL;
  gsize drawn_length = 0;
  PictureResult result;

  if (g_file_test (copy, G_FILE_TEST_EXISTS))
    return TRUE;
  if (g_file_test (none, G_FILE_TEST_EXISTS) || g_mkdir_with_parents (export_dir, 0700) < 0)
    return FALSE;
  result = picture_drawer_draw (drawer, data, length, &drawn, &drawn_length);
  if (result == PICTURE_REFUSED)
    g_file_set_contents_full (none, "", 0, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  return result == PICTURE_DRAWN
         && g_file_set_contents_full (copy, drawn, (gssize) drawn_length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
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

  /* By content, so that a changed icon is another file and nobody shows the old one. */
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, length);
  g_autofree char *copy = g_strconcat (export_dir, "/", sum, ".png", NULL);
  g_autofree char *none = g_strconcat (export_dir, "/", sum, ".none", NULL);

  return draw_once (drawer, data, length, copy, none, export_dir) ? g_steal_pointer (&copy) : NULL;
}

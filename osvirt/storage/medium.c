/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/medium.h"

#include <gio/gunixmounts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEVICES "/sys/dev/block"

/* A loop device over ext4 over dm-crypt over a partition: deeper stacks do not occur. */
enum { MAX_STACK = 8 };

static void add_path (Medium *self, const char *path);

static char *
sysfs_file (dev_t device, const char *name)
{
  return g_strdup_printf (DEVICES "/%u:%u/%s", major (device), minor (device), name);
}

/* What a device is mapped to, where that is one: FALSE for none and for several. @below: 0 where it is gone. */
static gboolean
find_slave (dev_t device, dev_t *below)
{
  g_autofree char *slaves = sysfs_file (device, "slaves");
  g_autoptr (GDir) list = g_dir_open (slaves, 0, NULL);
  const char *name = list != NULL ? g_dir_read_name (list) : NULL;
  g_autofree char *number = name != NULL ? g_build_filename (slaves, name, "dev", NULL) : NULL;
  g_autofree char *text = NULL;
  unsigned major_number, minor_number;

  if (name == NULL || g_dir_read_name (list) != NULL)
    return FALSE;
  *below = g_file_get_contents (number, &text, NULL, NULL) && sscanf (text, "%u:%u", &major_number, &minor_number) == 2
               ? makedev (major_number, minor_number)
               : 0;
  return TRUE;
}

static void
add_device (Medium *self, dev_t device)
{
  g_autofree char *file = sysfs_file (device, "loop/backing_file");
  g_autofree char *image = NULL;
  dev_t below;

  if (self->len >= MAX_STACK)
    return;
  g_array_append_val (self, device);
  if (device != 0 && g_file_get_contents (file, &image, NULL, NULL))
    add_path (self, g_strchomp (image));
  else if (device != 0 && find_slave (device, &below))
    add_device (self, below);
}

/* btrfs, and all that FUSE serves, have no number of a device: what was mounted there has. 0 for none. */
static dev_t
mounted_device (const char *path)
{
  g_autofree char *at = g_canonicalize_filename (path, "/");
  GUnixMountEntry *mount;
  struct stat info;
  dev_t device = 0;

  while ((mount = g_unix_mount_at (at, NULL)) == NULL && !g_str_equal (at, "/")) {
    char *above = g_path_get_dirname (at);

    g_free (at);
    at = above;
  }
  if (mount == NULL)
    return 0;
  if (stat (g_unix_mount_get_device_path (mount), &info) == 0 && S_ISBLK (info.st_mode))
    device = info.st_rdev;
  g_unix_mount_free (mount);
  return device;
}

static void
add_path (Medium *self, const char *path)
{
  struct stat info;
  dev_t device;

  if (stat (path, &info) != 0)
    return;
  device = major (info.st_dev) != 0 ? info.st_dev : mounted_device (path);
  if (device != 0)
    add_device (self, device);
}

Medium *
medium_of_folder (const char *path)
{
  Medium *self = g_array_new (FALSE, FALSE, sizeof (dev_t));

  add_path (self, path);
  return self;
}

void
medium_free (Medium *self)
{
  g_array_unref (self);
}

gboolean
medium_has (const Medium *self, dev_t device)
{
  for (guint i = 0; i < self->len; i++)
    if (g_array_index (self, dev_t, i) == device)
      return TRUE;
  return FALSE;
}

gboolean
medium_is_there (const Medium *self)
{
  if (!g_file_test (DEVICES, G_FILE_TEST_EXISTS))
    return TRUE;
  for (guint i = 0; i < self->len; i++) {
    dev_t device = g_array_index (self, dev_t, i);
    g_autofree char *path = sysfs_file (device, ".");

    if (device == 0 || !g_file_test (path, G_FILE_TEST_EXISTS))
      return FALSE;
  }
  return TRUE;
}

gboolean
medium_of_folder_is_there (const char *path)
{
  Medium *medium = medium_of_folder (path);
  gboolean there = medium_is_there (medium);

  medium_free (medium);
  return there;
}

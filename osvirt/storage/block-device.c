/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysfs and udev's links tell about a block device. */
#include "storage/block-device.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* dm-crypt over LVM over RAID over a disk: deeper stacks do not occur. */
#define MAX_STACK 4

static char *
sysfs_dir (dev_t number)
{
  g_autofree char *link = g_strdup_printf ("/sys/dev/block/%u:%u", major (number), minor (number));

  return realpath (link, NULL);
}

static gboolean
attribute_is_one (const char *dir, const char *attribute)
{
  g_autofree char *path = g_build_filename (dir, attribute, NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && text[0] == '1';
}

/* A mapped device is of the kind of what lies below it. */
static char *
below (const char *dir)
{
  g_autofree char *slaves = g_build_filename (dir, "slaves", NULL);
  g_autoptr (GDir) list = g_dir_open (slaves, 0, NULL);
  const char *name = list != NULL ? g_dir_read_name (list) : NULL;

  if (name == NULL)
    return NULL;
  g_autofree char *path = g_build_filename (slaves, name, NULL);
  return realpath (path, NULL);
}

/**
 * block_device_kind:
 * @device: (nullable): path of a block device
 *
 * Returns: "usb" (anything that a person can pull out), "image", "iscsi" or "disk"
 */
const char *
block_device_kind (const char *device)
{
  struct stat info;

  if (device == NULL || stat (device, &info) < 0 || !S_ISBLK (info.st_mode))
    return "disk";

  g_autofree char *dir = sysfs_dir (info.st_rdev);
  for (int i = 0; i < MAX_STACK && dir != NULL; i++) {
    g_autofree char *next = below (dir);
    if (next == NULL)
      break;
    g_free (dir);
    dir = g_steal_pointer (&next);
  }
  if (dir == NULL)
    return "disk";
  if (strstr (dir, "/usb") != NULL)
    return "usb";
  if (strstr (dir, "/session") != NULL)
    return "iscsi";
  if (strstr (dir, "/block/loop") != NULL)
    return "image";
  return attribute_is_one (dir, "removable") || attribute_is_one (dir, "../removable") ? "usb" : "disk";
}

/* udev writes a byte that cannot stand in a file name as \xHH. */
static char *
unescape (const char *name)
{
  GString *out = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++) {
    if (p[0] == '\\' && p[1] == 'x' && g_ascii_isxdigit (p[2]) && g_ascii_isxdigit (p[3])) {
      g_string_append_c (out, (char) (g_ascii_xdigit_value (p[2]) * 16 + g_ascii_xdigit_value (p[3])));
      p += 3;
    } else {
      g_string_append_c (out, *p);
    }
  }
  return g_string_free (out, FALSE);
}

/**
 * block_device_label:
 * @device: (nullable): path of a block device
 *
 * Returns: (transfer full) (nullable): the label of the file system on it, valid UTF-8
 */
char *
block_device_label (const char *device)
{
  g_autoptr (GDir) links = device != NULL ? g_dir_open ("/dev/disk/by-label", 0, NULL) : NULL;
  struct stat wanted;
  const char *name;

  if (links == NULL || stat (device, &wanted) < 0)
    return NULL;
  while ((name = g_dir_read_name (links)) != NULL) {
    g_autofree char *path = g_build_filename ("/dev/disk/by-label", name, NULL);
    struct stat info;

    if (stat (path, &info) == 0 && info.st_rdev == wanted.st_rdev) {
      g_autofree char *label = unescape (name);
      return g_utf8_make_valid (label, -1);
    }
  }
  return NULL;
}

/**
 * block_device_size:
 * @device: path of a block device
 *
 * Returns: its size in bytes, 0 where unknown
 */
guint64
block_device_size (const char *device)
{
  struct stat info;

  if (stat (device, &info) < 0 || !S_ISBLK (info.st_mode))
    return 0;

  g_autofree char *dir = sysfs_dir (info.st_rdev);
  g_autofree char *path = dir != NULL ? g_build_filename (dir, "size", NULL) : NULL;
  g_autofree char *text = NULL;

  if (path == NULL || !g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  return g_ascii_strtoull (text, NULL, 10) * 512; /* sysfs counts in sectors of 512, always */
}

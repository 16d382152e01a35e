/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/medium.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEVICES "/sys/dev/block"

dev_t
medium_of_folder (const char *path)
{
  struct stat info;

  /* What is on no device has the number 0:N. */
  return stat (path, &info) == 0 && major (info.st_dev) != 0 ? info.st_dev : 0;
}

gboolean
medium_is_there (dev_t device)
{
  g_autofree char *path = g_strdup_printf (DEVICES "/%u:%u", major (device), minor (device));

  return device == 0 || g_file_test (path, G_FILE_TEST_EXISTS) || !g_file_test (DEVICES, G_FILE_TEST_EXISTS);
}

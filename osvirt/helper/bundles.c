/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/bundles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/overlay.h"

static int
is_bundle (const struct dirent *entry)
{
  const char *dot = strrchr (entry->d_name, '.');

  return entry->d_name[0] != '.' && dot != NULL && strcmp (dot, BUNDLE_SUFFIX) == 0;
}

static bool
is_beside (const char *file, const struct beside *beside)
{
  const size_t length = strlen (file) - strlen (BUNDLE_SUFFIX);

  for (unsigned i = 0; i < beside->n; i++)
    if (strlen (beside->names[i]) == length && strncmp (beside->names[i], file, length) == 0)
      return true;
  return false;
}

static int
mount_one (struct loop *loop, int folder, const char *name, int userns, struct wire_fault *fault)
{
  int image = open_beneath (folder, name, O_RDONLY), device, mount;
  struct stat info;

  if (image < 0 || fstat (image, &info) != 0 || !S_ISREG (info.st_mode)) {
    wire_fail (fault, image < 0 ? errno : EINVAL, "opening it");
    close_fd (&image);
    return -1;
  }
  device = loop_attach_readonly (loop, image, fault);
  close (image);
  if (device < 0)
    return -1;
  mount = loop_mount_base (loop, userns, fault);
  close (device);
  return mount;
}

void
bundles_mount (struct bundles *bundles, int workspace, int userns, const struct beside *beside)
{
  int folder = open_beneath (workspace, BUNDLE_FOLDER, O_RDONLY | O_DIRECTORY);
  struct dirent **names = NULL;
  int count = folder >= 0 ? scandirat (folder, ".", &names, is_bundle, alphasort) : 0;

  bundles->n = 0;
  for (int i = 0; i < count; i++) {
    struct wire_fault fault = { 0 };
    int mount = -1;

    if (is_beside (names[i]->d_name, beside)) {
      free (names[i]);
      continue;
    }
    if (bundles->n < MAX_BUNDLES)
      mount = mount_one (&bundles->loops[bundles->n], folder, names[i]->d_name, userns, &fault);
    if (mount >= 0)
      bundles->mounts[bundles->n++] = mount;
    else
      fprintf (stderr, "domicile-helper: the bundle %.80s is left out: %s\n", names[i]->d_name,
               fault.error != 0 ? fault.what : "there are too many");
    free (names[i]);
  }
  free (names);
  close_fd (&folder);
}

void
bundles_close (struct bundles *bundles)
{
  for (unsigned i = 0; i < bundles->n; i++)
    close_fd (&bundles->mounts[i]);
}

int
bundles_wait_free (struct bundles *bundles, int timeout_ms)
{
  struct wire_fault ignored;
  int result = 0;

  for (unsigned i = 0; i < bundles->n; i++)
    if (loop_wait_free (&bundles->loops[i], timeout_ms, &ignored) != 0)
      result = -1;
  if (result == 0)
    bundles->n = 0;
  return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/bundle-links.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apps/app-record.h"
#include "apps/layer.h"
#include "launcher/wire.h"
#include "storage/read-file.h"

#define LINKS_FOLDER "state/links"
#define MAX_LIST     (16 * 1024 * 1024)

/* Returns: the list of @key's links, open for reading and writing and empty where @anew; or -1 */
int
bundle_links_open (int vault, const char *key, gboolean anew)
{
  g_autofree char *name = g_strconcat (LINKS_FOLDER "/", key, NULL);

  mkdirat (vault, LINKS_FOLDER, 0700);
  return openat (vault, name, (anew ? O_RDWR | O_CREAT | O_TRUNC : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

void
bundle_links_forget (int vault, const char *key)
{
  g_autofree char *name = g_strconcat (LINKS_FOLDER "/", key, NULL);

  unlinkat (vault, name, 0);
}

/* Only a link of ours or an empty folder, which has a slash at its end, and only below @layer: the list is as little to be trusted as the
 * rest of a vault. */
static void
remove_link (int layer, char *path, const char *prefix)
{
  const gboolean is_folder = g_str_has_suffix (path, "/");
  const struct open_how how = {
    .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  g_autofree char *folder = NULL, *name = g_path_get_basename (path);
  char target[4096];
  ssize_t length = -1;
  int fd;

  if (is_folder)
    path[strlen (path) - 1] = '\0';
  folder = g_path_get_dirname (path + 1);
  fd = (int) syscall (SYS_openat2, layer, folder, &how, sizeof how);
  if (fd >= 0 && is_folder)
    unlinkat (fd, name, AT_REMOVEDIR);
  else if (fd >= 0)
    length = readlinkat (fd, name, target, sizeof target - 1);
  if (length > 0) {
    target[length] = '\0';
    if (g_str_has_prefix (target, prefix))
      unlinkat (fd, name, 0);
  }
  if (fd >= 0)
    close (fd);
}

static void
remove_links_of (int vault, int layer, const char *key)
{
  g_autofree char *prefix = g_strconcat (LIVE_BUNDLES "/", key, "/", NULL), *data = NULL;
  int list = bundle_links_open (vault, key, FALSE);
  g_auto (GStrv) paths = NULL;
  gsize length = 0;

  if (list >= 0) {
    if (read_fd (list, MAX_LIST, &data, &length, NULL))
      paths = g_strsplit (data, "\n", -1);
    close (list);
  }
  for (gsize i = paths != NULL ? g_strv_length (paths) : 0; i > 0; i--)
    if (paths[i - 1][0] == '/' && paths[i - 1][1] != '\0')
      remove_link (layer, paths[i - 1], prefix);
  bundle_links_forget (vault, key);
}

/**
 * bundle_links_remove_all:
 * @vault: its root directory, with no view over it
 *
 * Takes back the links to bundles that were mounted while a view stood, however that ended. Blocks.
 */
void
bundle_links_remove_all (int vault)
{
  int fd = openat (vault, LINKS_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int layer = layer_open (vault);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL && fd >= 0)
    close (fd);
  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (app_record_key_is_valid (entry->d_name))
      remove_links_of (vault, layer, entry->d_name);
  if (dir != NULL)
    closedir (dir);
  if (layer >= 0)
    close (layer);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/mask.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/mounts.h"
#include "launcher/overlay.h"

enum {
  MAX_ENTRIES = 200000, /* a bound against trees that nobody meant to be looked at */
  ETC_DEPTH = 12,
  OTHER_DEPTH = 4,
};

struct watched {
  char           *path;
  struct timespec changed;
};

struct walk {
  int               mask;
  unsigned          entries;
  char              path[PATH_MAX]; /* of the directory at hand, with no slash at the start */
  struct wire_fault *fault;
};

static struct watched *watched;
static size_t          n_watched, watched_room;

static int
watch (const char *path, const struct stat *info)
{
  if (n_watched == watched_room) {
    size_t room = watched_room == 0 ? 256 : watched_room * 2;
    struct watched *larger = reallocarray (watched, room, sizeof *watched);

    if (larger == NULL)
      return -1;
    watched = larger;
    watched_room = room;
  }
  watched[n_watched].path = strdup (path);
  watched[n_watched].changed = info->st_ctim;
  return watched[n_watched++].path != NULL ? 0 : -1;
}

static void
forget_watched (void)
{
  for (size_t i = 0; i < n_watched; i++)
    free (watched[i].path);
  n_watched = 0;
}

bool
mask_is_stale (void)
{
  struct stat info;

  for (size_t i = 0; i < n_watched; i++)
    if (stat (watched[i].path, &info) != 0 || info.st_ctim.tv_sec != watched[i].changed.tv_sec
        || info.st_ctim.tv_nsec != watched[i].changed.tv_nsec)
      return true;
  return false;
}

/* A merged directory looks like its topmost one, so those in the mask must look like the host's. */
static int
mirror_directories (struct walk *walk, const char *path)
{
  char part[PATH_MAX];
  struct stat info;

  snprintf (part, sizeof part, "%s", path);
  for (char *slash = strchr (part, '/'); slash != NULL; slash = strchr (slash + 1, '/')) {
    char host[PATH_MAX + 1];

    *slash = '\0';
    snprintf (host, sizeof host, "/%s", part);
    if (mkdirat (walk->mask, part, 0755) == 0) {
      if (stat (host, &info) != 0
          || fchownat (walk->mask, part, VIEW_ID_BASE + info.st_uid, VIEW_ID_BASE + info.st_gid, 0) != 0
          || fchmodat (walk->mask, part, info.st_mode & 07777, 0) != 0)
        return -1;
    } else if (errno != EEXIST)
      return -1;
    *slash = '/';
  }
  return 0;
}

static int
hide (struct walk *walk, const char *path)
{
  if (mirror_directories (walk, path) != 0
      || (mknodat (walk->mask, path, S_IFCHR, makedev (0, 0)) != 0 && errno != EEXIST))
    return wire_fail (walk->fault, errno, "hiding the host's /%.100s", path);
  return 0;
}

/* Package scripts look users up in the shadow files; these have every name and no password. */
static int
write_shadow (struct walk *walk, const char *path, const char *source, const char *rest)
{
  FILE *in = fopen (source, "re"), *out;
  int fd = mirror_directories (walk, path) != 0 ? -1 : openat (walk->mask, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  char *line = NULL;
  size_t size = 0;

  out = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (in != NULL && out != NULL && fchown (fd, VIEW_ID_BASE, VIEW_ID_BASE + 42) == 0)
    while (getline (&line, &size, in) > 0) {
      line[strcspn (line, ":\n")] = '\0';
      fprintf (out, "%s%s\n", line, rest);
    }
  free (line);
  if (in != NULL)
    fclose (in);
  if (out == NULL || fclose (out) != 0)
    return wire_fail (walk->fault, errno, "making /%s without passwords", path);
  return 0;
}

static bool
is_private (const struct stat *info)
{
  const mode_t needed = S_ISDIR (info->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;

  return !S_ISLNK (info->st_mode) && (info->st_mode & needed) != needed;
}

static bool
is_left_out (const char *path)
{
  static const char *const names[] = { "proc", "sys", "dev", "run", "tmp", "usr", "media", "mnt", "home", "root",
                                       "etc/shadow", "etc/gshadow" };

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp (path, names[i]) == 0)
      return true;
  return false;
}

static int look (struct walk *walk, int dir, unsigned depth);

static int
look_at_entry (struct walk *walk, int dir, const char *name, unsigned depth)
{
  size_t length = strlen (walk->path);
  struct stat info;
  int result = 0, child;

  if ((size_t) snprintf (walk->path + length, sizeof walk->path - length, "%s%s", length > 0 ? "/" : "", name)
      >= sizeof walk->path - length)
    result = wire_fail (walk->fault, ENAMETOOLONG, "looking through the host's files");
  else if (!is_left_out (walk->path) && fstatat (dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (is_private (&info))
      result = hide (walk, walk->path);
    else if (S_ISDIR (info.st_mode) && depth > 0) {
      child = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (child >= 0)
        result = look (walk, child, strcmp (walk->path, "etc") == 0 ? ETC_DEPTH : depth - 1);
    }
  }
  walk->path[length] = '\0';
  return result;
}

/* Takes @dir over. */
static int
look (struct walk *walk, int dir, unsigned depth)
{
  DIR *stream = fdopendir (dir);
  struct dirent *entry;
  struct stat info;
  char path[PATH_MAX + 1];
  int result = 0;

  if (stream == NULL) {
    close (dir);
    return wire_fail (walk->fault, errno, "looking through the host's files");
  }
  snprintf (path, sizeof path, "/%s", walk->path);
  /* Only where system-wide secrets come and go: the tree below /var changes all the time. */
  if ((depth >= OTHER_DEPTH || strcmp (walk->path, "var/lib") == 0) && fstat (dir, &info) == 0 && watch (path, &info) != 0)
    result = wire_fail (walk->fault, ENOMEM, "looking through the host's files");
  while (result == 0 && (entry = readdir (stream)) != NULL) {
    if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
      continue;
    if (++walk->entries > MAX_ENTRIES)
      result = wire_fail (walk->fault, E2BIG, "looking through the host's files: too many in /%.80s", walk->path);
    else
      result = look_at_entry (walk, dir, entry->d_name, depth);
  }
  closedir (stream);
  return result;
}

int
mask_build (struct wire_fault *fault)
{
  static const struct mount_option options[] = { { "mode", "0755" }, { NULL, NULL } };
  struct walk walk = { .fault = fault };
  int root = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  forget_watched ();
  walk.mask = mount_new ("tmpfs", options, 0, fault);
  if (walk.mask < 0 || root < 0) {
    close_fd (&root);
    return -1;
  }
  if (fchownat (walk.mask, "", VIEW_ID_BASE, VIEW_ID_BASE, AT_EMPTY_PATH) != 0
      || look (&walk, root, OTHER_DEPTH) != 0 || hide (&walk, "home") != 0 || hide (&walk, "root") != 0
      || write_shadow (&walk, "etc/shadow", "/etc/passwd", ":*:19000:0:99999:7:::") != 0
      || write_shadow (&walk, "etc/gshadow", "/etc/group", ":*::") != 0)
    close_fd (&walk.mask);
  return walk.mask;
}

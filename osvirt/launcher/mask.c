/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/mask.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/mounts.h"
#include "launcher/overlay.h"
#include "launcher/submounts.h"
#include "launcher/watch.h"

enum {
  MAX_ENTRIES = 400000, /* of a folder of the root's; what there is no time to look through is hidden whole */
  MAX_DEPTH = 64,       /* what lies deeper, too: anybody may have made it */
  MAX_WATCHED = 32768,
  MAX_HOMES = 64,
  FIRST_PERSON = 1000,
  NOBODY = 65534,
};

struct mounts {
  struct submount list[64];
  unsigned        n;
};

struct walk {
  bool               deep; /* also into folders that were looked into before */
  unsigned           entries, depth;
  char               path[PATH_MAX]; /* of what is at hand, with no slash at the start */
  struct wire_fault *fault;
};

static int          mask = -1; /* its root: it stays open, because it follows the host */
static struct watch watch;
static char        *homes[MAX_HOMES]; /* of people, where they are not in /home; as walk.path */
static unsigned     n_homes;
static bool         is_watch_full;
static struct mounts mounts; /* that views show */
static int          mounts_file = -1; /* its readiness tells that they have changed */

/* A merged directory looks like its topmost one, so those in the mask must look like the host's. */
static int
mirror_directories (const char *path)
{
  char part[PATH_MAX];
  struct stat info;

  snprintf (part, sizeof part, "%s", path);
  for (char *slash = strchr (part, '/'); slash != NULL; slash = strchr (slash + 1, '/')) {
    char host[PATH_MAX + 1];

    *slash = '\0';
    snprintf (host, sizeof host, "/%s", part);
    if (mkdirat (mask, part, 0755) == 0) {
      if (stat (host, &info) != 0
          || fchownat (mask, part, VIEW_ID_BASE + info.st_uid, VIEW_ID_BASE + info.st_gid, 0) != 0
          || fchmodat (mask, part, info.st_mode & 07777, 0) != 0)
        return -1;
    } else if (errno != EEXIST)
      return -1;
    *slash = '/';
  }
  return 0;
}

/* Removes what is in the mask at @path, so that the host shines through. */
static void
unhide (int above, const char *path)
{
  DIR *stream;
  struct dirent *entry;
  int folder;

  if (unlinkat (above, path, 0) == 0 || errno != EISDIR || unlinkat (above, path, AT_REMOVEDIR) == 0)
    return;
  folder = openat (above, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  stream = folder >= 0 ? fdopendir (folder) : NULL;
  while (stream != NULL && (entry = readdir (stream)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      unhide (folder, entry->d_name);
  if (stream != NULL)
    closedir (stream);
  unlinkat (above, path, AT_REMOVEDIR);
}

static int
hide (struct walk *walk, const char *path)
{
  struct stat info;

  if (fstatat (mask, path, &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISCHR (info.st_mode))
      return 0;
    unhide (mask, path);
  }
  if (mirror_directories (path) == 0 && mknodat (mask, path, S_IFCHR, makedev (0, 0)) == 0)
    return 0;
  if (errno == ENOENT || errno == ENOTDIR)
    return 0; /* it has gone meanwhile, or lies in what is hidden */
  return wire_fail (walk->fault, errno, "hiding the host's /%.100s", path);
}

/* What is shown of a folder that has something hidden in it are the mask's permissions. Returns whether it was hidden. */
static bool
show (const char *path, const struct statx *now)
{
  struct stat info;

  if (fstatat (mask, path, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  if (!S_ISDIR (info.st_mode) || !S_ISDIR (now->stx_mode))
    unhide (mask, path);
  else if (fchownat (mask, path, VIEW_ID_BASE + now->stx_uid, VIEW_ID_BASE + now->stx_gid, AT_SYMLINK_NOFOLLOW) != 0
           || fchmodat (mask, path, now->stx_mode & 07777, 0) != 0)
    fprintf (stderr, "domicile-helper: /%s is shown with the permissions that it had\n", path);
  return S_ISCHR (info.st_mode);
}

/* Package scripts look users up in the shadow files; these have every name and no password. */
static int
write_shadow (struct walk *walk, const char *path, const char *source, const char *rest)
{
  FILE *in = fopen (source, "re"), *out;
  int fd = mirror_directories (path) != 0 ? -1 : openat (mask, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
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
is_home (const char *path)
{
  for (unsigned i = 0; i < n_homes; i++)
    if (strcmp (path, homes[i]) == 0)
      return true;
  return false;
}

static bool
is_private (const char *path, const struct statx *info)
{
  const mode_t needed = S_ISDIR (info->stx_mode) ? S_IROTH | S_IXOTH : S_IROTH;

  return !S_ISLNK (info->stx_mode) && ((info->stx_mode & needed) != needed || is_home (path));
}

/* The view's own, what mask_build() does by itself, and stores of software that everybody may read. */
static bool
is_left_out (const char *path)
{
  static const char *const names[] = {
    "proc", "sys", "dev", "run", "tmp", "home", "root", "etc/shadow", "etc/gshadow", "var/tmp",
    "nix/store", "gnu/store", "ostree", "sysroot", "snap", "var/lib/snapd", "var/lib/flatpak",
  };

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp (path, names[i]) == 0)
      return true;
  return strncmp (path, "usr/", 4) == 0 && strcmp (path, "usr/local") != 0 && strncmp (path, "usr/local/", 10) != 0;
}

static bool
has_mount (const struct mounts *list, const char *path)
{
  for (unsigned i = 0; i < list->n; i++)
    if (strcmp (list->list[i].path + 1, path) == 0)
      return true;
  return false;
}

/* Of the mounts only those of the host's that views show are looked through: another's server may not answer. */
static bool
is_foreign_mount (const char *path, const struct statx *info)
{
  return (info->stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 && !has_mount (&mounts, path);
}

/* A home that is somebody's own, and not a part of the system that their entry names. */
static bool
is_own_home (const struct passwd *user)
{
  struct stat info;

  return user->pw_uid >= FIRST_PERSON && user->pw_uid != NOBODY && user->pw_dir[0] == '/' && user->pw_dir[1] != '\0'
         && strncmp (user->pw_dir, "/home/", 6) != 0 && strncmp (user->pw_dir, "/root", 5) != 0
         && lstat (user->pw_dir, &info) == 0 && S_ISDIR (info.st_mode) && info.st_uid == user->pw_uid;
}

static void
list_homes (void)
{
  FILE *file = fopen ("/etc/passwd", "re");
  const struct passwd *user;

  while (n_homes > 0)
    free (homes[--n_homes]);
  while (file != NULL && n_homes < MAX_HOMES && (user = fgetpwent (file)) != NULL)
    if (is_own_home (user) && (homes[n_homes] = strdup (user->pw_dir + 1)) != NULL) {
      homes[n_homes][strcspn (homes[n_homes], "\n")] = '\0';
      for (size_t end = strlen (homes[n_homes]); end > 0 && homes[n_homes][end - 1] == '/';)
        homes[n_homes][--end] = '\0';
      n_homes++;
    }
  if (file != NULL)
    fclose (file);
}

static void
watch_at (const char *path)
{
  if (!is_watch_full && (watch.n >= MAX_WATCHED || (watch_folder (&watch, path) != 0 && errno == ENOSPC))) {
    fprintf (stderr, "domicile-helper: %zu folders are watched, and no more can be; private files that appear in others are not hidden "
                     "(fs.inotify.max_user_watches)\n", watch.n);
    is_watch_full = true;
  }
}

static int look (struct walk *walk, int dir);

/* What is at hand. @dir: where it is */
static int
look_at (struct walk *walk, int dir, const char *name)
{
  struct statx info;
  bool known;
  int child;

  if (walk->path[0] == '\0' || is_left_out (walk->path))
    return 0;
  if (statx (dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &info) != 0) {
    if (errno == ENOENT)
      unhide (mask, walk->path);
    return 0;
  }
  if (is_private (walk->path, &info))
    return hide (walk, walk->path);
  known = !show (walk->path, &info) && !walk->deep;
  if (known || !S_ISDIR (info.stx_mode) || is_foreign_mount (walk->path, &info))
    return 0;
  if (walk->entries > MAX_ENTRIES || walk->depth == MAX_DEPTH) {
    fprintf (stderr, "domicile-helper: the host's /%s is hidden: there is too much to look through\n", walk->path);
    return hide (walk, walk->path);
  }
  walk->deep = true;
  child = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return child >= 0 ? look (walk, child) : 0;
}

/* What is in the folder at hand. Takes @dir over. It is watched first: nothing comes in between. */
static int
look (struct walk *walk, int dir)
{
  const size_t length = strlen (walk->path);
  DIR *stream = fdopendir (dir);
  struct dirent *entry;
  char path[PATH_MAX + 1];
  int result = 0;

  if (stream == NULL) {
    close (dir);
    return wire_fail (walk->fault, errno, "looking through the host's files");
  }
  walk->depth++;
  snprintf (path, sizeof path, "/%s", walk->path);
  watch_at (path);
  while (result == 0 && (entry = readdir (stream)) != NULL) {
    if (entry->d_type == DT_LNK || strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
      continue;
    walk->entries = length == 0 ? 0 : walk->entries + 1;
    if ((size_t) snprintf (walk->path + length, sizeof walk->path - length, "%s%s", length > 0 ? "/" : "", entry->d_name)
        < sizeof walk->path - length) {
      result = look_at (walk, dir, entry->d_name);
      walk->path[length] = '\0';
    } else {
      walk->path[length] = '\0';
      result = hide (walk, walk->path);
      break;
    }
  }
  closedir (stream);
  walk->depth--;
  return result;
}

static int
write_users (struct walk *walk)
{
  return write_shadow (walk, "etc/shadow", "/etc/passwd", MASK_SHADOW) == 0
             ? write_shadow (walk, "etc/gshadow", "/etc/group", MASK_GSHADOW)
             : -1;
}

static int
look_through_all (struct walk *walk)
{
  int root = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (root < 0)
    return wire_fail (walk->fault, errno, "looking through the host's files");
  list_homes ();
  mounts.n = submounts_read (mounts.list, sizeof mounts.list / sizeof mounts.list[0]);
  return look (walk, root) == 0 ? write_users (walk) : -1;
}

int
mask_build (struct wire_fault *fault)
{
  static const struct mount_option options[] = { { "mode", "0755" }, { NULL, NULL } };
  struct walk walk = { .deep = true, .fault = fault };
  int mount = mount_new ("tmpfs", options, 0, fault);

  mask = mount < 0 ? -1 : fcntl (mount, F_DUPFD_CLOEXEC, 3);
  if (mask < 0)
    return -1;
  mounts_file = open ("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  if (watch_open (&watch) != 0)
    fprintf (stderr, "domicile-helper: the host is not watched (%s): what becomes private on it later is not hidden\n", strerror (errno));
  if (fchownat (mask, "", VIEW_ID_BASE, VIEW_ID_BASE, AT_EMPTY_PATH) != 0)
    wire_fail (fault, errno, "making a mask");
  else if (look_through_all (&walk) == 0 && hide (&walk, "home") == 0 && hide (&walk, "root") == 0 && hide (&walk, "var/tmp") == 0) {
    watch_system (&watch, MAX_WATCHED);
    return mount;
  }
  close (mount);
  return -1;
}

int
mask_get_watch (void)
{
  return watch.fd;
}

static void
on_change (void *data, const char *path, bool came)
{
  struct walk *walk = data;

  walk->deep = came;
  if (path == NULL) {
    walk->path[0] = '\0';
    look_through_all (walk); /* too much has changed to be told */
    return;
  }
  snprintf (walk->path, sizeof walk->path, "%s", path + 1);
  look_at (walk, AT_FDCWD, path);
  if (strcmp (path, "/etc/passwd") == 0 || strcmp (path, "/etc/group") == 0) {
    list_homes ();
    for (unsigned i = 0; i < n_homes; i++)
      hide (walk, homes[i]);
    write_users (walk);
  }
}

/* Looks at what has been mounted over, or has come to light again. */
static void
compare_mounts (struct walk *walk, const struct mounts *these, const struct mounts *those)
{
  for (unsigned i = 0; i < these->n; i++)
    if (!has_mount (those, these->list[i].path + 1)) {
      snprintf (walk->path, sizeof walk->path, "%s", these->list[i].path + 1);
      unhide (mask, walk->path);
      look_at (walk, AT_FDCWD, these->list[i].path);
    }
}

static void
follow_mounts (struct walk *walk)
{
  static struct mounts before;
  struct pollfd polled = { mounts_file, POLLPRI, 0 };

  if (poll (&polled, 1, 0) <= 0)
    return;
  before = mounts;
  mounts.n = submounts_read (mounts.list, sizeof mounts.list / sizeof mounts.list[0]);
  compare_mounts (walk, &mounts, &before);
  compare_mounts (walk, &before, &mounts);
}

bool
mask_follow (void)
{
  struct wire_fault fault = { 0 };
  struct walk walk = { .deep = true, .fault = &fault };
  bool any;

  follow_mounts (&walk);
  any = watch_hear (&watch, on_change, &walk);

  if (fault.error != 0)
    fprintf (stderr, "domicile-helper: %s: %s\n", fault.what, strerror (fault.error));
  return any;
}

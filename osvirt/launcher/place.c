/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/mounts.h"
#include "launcher/system.h"

enum { MAX_LINKS = 40 };

/* The id of the mount that @fd is on; 0 where the kernel does not tell. */
static uint64_t
mount_id (int fd, bool *is_root)
{
  struct statx info;

  if (system_statx (fd, STATX_MNT_ID, &info) != 0 || !(info.stx_mask & STATX_MNT_ID))
    return 0;
  if (is_root != NULL)
    *is_root = (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  return info.stx_mnt_id;
}

static int
attach (int mount, int target)
{
  return (int) syscall (SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* Makes the directory at @fd a mount, so that it cannot be renamed. */
static int
pin (int fd)
{
  bool is_root = false;
  int copy, result;

  if (mount_id (fd, &is_root) == 0)
    return -1;
  if (is_root)
    return 0;
  copy = (int) syscall (SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  if (copy < 0)
    return -1;
  result = attach (copy, fd);
  close (copy);
  return result;
}

enum walk_flags { WALK_MAKE = 1, WALK_PIN = 2 };

/* Opens the directory at an absolute @path, no link followed. */
static int
walk (const char *path, int flags)
{
  char copy[PLACE_PATH_MAX], *rest = copy, *name;
  int fd = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

  snprintf (copy, sizeof copy, "%s", path);
  while (fd >= 0 && (name = strtok_r (rest, "/", &rest)) != NULL) {
    int next;

    if ((flags & WALK_MAKE) && mkdirat (fd, name, 0700) != 0 && errno != EEXIST) {
      close (fd);
      return -1;
    }
    next = openat (fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next >= 0 && (flags & WALK_PIN) && rest != NULL && *rest != '\0') {
      int seen = pin (next) == 0 ? openat (fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

      close (next);
      next = seen; /* on the new mount */
    }
    close (fd);
    fd = next;
  }
  return fd;
}

static int
set_level (int mount, char level)
{
  struct mount_attr attributes = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

  if (level == 'r')
    attributes.attr_set |= MOUNT_ATTR_RDONLY;
  else
    attributes.attr_clr = MOUNT_ATTR_RDONLY;
  return (int) syscall (SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

static int
clone_directory (int fd, char level)
{
  int mount = (int) syscall (SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

  if (mount >= 0 && set_level (mount, level) != 0)
    close_fd (&mount);
  return mount;
}

static int
make_shade (void)
{
  static const struct mount_option options[] = { { "mode", "0555" }, { "size", "4k" }, { "nr_inodes", "2" }, { NULL, NULL } };
  struct wire_fault fault = { 0 };
  int shade = mount_new ("tmpfs", options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &fault);

  if (shade < 0)
    errno = fault.error;
  return shade;
}

/* Puts @mount over what is at the place now, and notes its id. */
static int
put_on_top (const char *path, int mount, uint64_t *id)
{
  int fd = walk (path, 0), result;

  if (fd < 0)
    return -1;
  result = attach (mount, fd);
  close (fd);
  if (result == 0)
    *id = mount_id (mount, NULL);
  return result;
}

int
place_make (struct place *place)
{
  int fd = walk (place->path, WALK_MAKE | WALK_PIN), shade = -1, real = -1, result = -1;

  if (fd < 0)
    return -1;
  shade = make_shade ();
  if (place->level != 'n')
    real = clone_directory (fd, place->level);
  if (shade >= 0 && (place->level == 'n' || real >= 0))
    result = put_on_top (place->path, shade, &place->shade);
  if (result == 0 && real >= 0)
    result = put_on_top (place->path, real, &place->top);
  close (fd);
  close_fd (&shade);
  close_fd (&real);
  return result;
}

int
place_clone (const struct place *place, char level)
{
  int fd = walk (place->path, 0), mount;

  if (fd < 0)
    return -1;
  mount = clone_directory (fd, level == 'n' ? 'r' : level);
  close (fd);
  return mount;
}

int
place_change (struct place *place, char level, int *real)
{
  int fd, result;

  if (level == place->level)
    return 0;
  if (level == 'n') {
    /* Refused while a file of it is open, or somebody is in it: the kernel knows best. */
    if (umount2 (place->path, UMOUNT_NOFOLLOW) != 0)
      return -1;
    place->top = 0;
  } else if (place->top == 0) {
    if (put_on_top (place->path, *real, &place->top) != 0)
      return -1;
  } else {
    fd = walk (place->path, 0);
    result = fd >= 0 ? set_level (fd, level) : -1;
    if (fd >= 0)
      close (fd);
    if (result != 0)
      return -1;
  }
  place->level = level;
  return 0;
}

/* What the mount @id lies on; 0 if it is not among the mounts of @member. */
static uint64_t
mount_below (uint64_t id, pid_t member)
{
  char path[32], line[2 * PATH_MAX];
  unsigned long long own, below, found = 0;
  FILE *file;

  snprintf (path, sizeof path, "/proc/%d/mountinfo", member);
  file = fopen (path, "re");
  while (found == 0 && file != NULL && fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "%llu %llu ", &own, &below) == 2 && own == id)
      found = below;
  if (file != NULL)
    fclose (file);
  return found;
}

int
place_refind (struct place *place, pid_t member)
{
  bool is_root = false;
  int fd = walk (place->path, 0);
  uint64_t id = fd >= 0 ? mount_id (fd, &is_root) : 0;

  close_fd (&fd);
  place->top = place->level == 'n' ? 0 : id;
  place->shade = place->level == 'n' || id == 0 ? id : mount_below (id, member);
  return is_root && place->shade != 0 ? 0 : -1;
}

/* --- finding --- */

static int
place_at (const struct sandbox *sandbox, int fd)
{
  uint64_t id = mount_id (fd, NULL);

  for (unsigned i = 0; i < sandbox->n_places && id != 0; i++)
    if (id == sandbox->places[i].shade || id == sandbox->places[i].top)
      return (int) i;
  return -1;
}

static int
open_of (pid_t tid, const char *what)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/%d/%s", tid, what);
  return open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* One component on; a link's text goes before the rest of the path. Returns the new descriptor, or -1. */
static int
step (int fd, pid_t tid, const char *name, char *rest, int *links)
{
  int next = openat (fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  char target[PATH_MAX], joined[2 * PATH_MAX];
  struct stat info;
  ssize_t length;

  if (next < 0 || fstat (next, &info) != 0 || !S_ISLNK (info.st_mode))
    return next;
  length = ++*links > MAX_LINKS ? -1 : readlinkat (next, "", target, sizeof target - 1);
  close (next);
  if (length <= 0)
    return -1;
  target[length] = '\0';
  snprintf (joined, sizeof joined, "%s/%s", target, rest);
  if (strlen (joined) >= PATH_MAX)
    return -1;
  strcpy (rest, joined);
  return target[0] == '/' ? open_of (tid, "root") : fcntl (fd, F_DUPFD_CLOEXEC, 3);
}

int
place_find (const struct sandbox *sandbox, pid_t tid, int dir, const char *path, bool *beneath)
{
  char rest[PATH_MAX], name[NAME_MAX + 1], start[32];
  int fd, links = 0, found;

  snprintf (start, sizeof start, "fd/%d", dir);
  if (strlen (path) >= sizeof rest)
    return -1;
  strcpy (rest, path);
  fd = open_of (tid, path[0] == '/' ? "root" : dir == AT_FDCWD ? "cwd" : start);
  while (fd >= 0 && (found = place_at (sandbox, fd)) < 0) {
    char *at = rest + strspn (rest, "/");
    size_t length = strcspn (at, "/");
    int next;

    if (length == 0 || length > NAME_MAX) {
      close (fd);
      return -1;
    }
    memcpy (name, at, length);
    name[length] = '\0';
    memmove (rest, at + length, strlen (at + length) + 1);
    next = step (fd, tid, name, rest, &links);
    close (fd);
    fd = next;
  }
  if (fd < 0)
    return -1;
  close (fd);
  *beneath = strspn (rest, "/.") < strlen (rest);
  return found;
}

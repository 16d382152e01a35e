/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/fcntl.h>
#include "call.h"
#include "clock.h"
#include "special.h"
#include "heap.h"
#include "path.h"
#include "task.h"
#include "user.h"

#define CWD ((uint32_t)AT_FDCWD)

int
call_start (uint32_t number, struct node **from)
{
  if (number == CWD) {
    *from = task_current->directory;
    return 0;
  }
  struct file *file = files_get (task_current->files, number);
  if (!file || !file->node)
    return -EBADF;
  *from = file->node;
  return 0;
}

int
call_find (uint32_t directory, uint32_t address, uint32_t flags, struct node **node)
{
  char path[PATH_MAX_BYTES];
  struct node *from = node_root;
  int error = user_path (address, path, sizeof path);
  if (!error && path[0] != '/')
    error = call_start (directory, &from);
  if (error)
    return error;
  if (!path[0] && (flags & AT_EMPTY_PATH) != 0) {
    node_hold (from);
    *node = from;
    return 0;
  }
  return path_find (from, path, (flags & AT_SYMLINK_NOFOLLOW) == 0, node);
}

/* The directory and the name in it. */
static int
find_parent (uint32_t directory,
             uint32_t address,
             struct node **parent,
             char name[NAME_MAX_BYTES + 1])
{
  char path[PATH_MAX_BYTES];
  struct node *from = node_root;
  int error = user_path (address, path, sizeof path);
  if (!error && path[0] != '/')
    error = call_start (directory, &from);
  return error ? error : path_parent (from, path, parent, name);
}

static long
check_access (uint32_t directory, uint32_t address, uint32_t mode)
{
  struct node *node;
  int error = call_find (directory, address, 0, &node);
  if (error)
    return error;
  bool executable = node_is (node, S_IFDIR) || (node->mode & 0111) != 0;
  node_drop (node);
  return (mode & 1) != 0 && !executable ? -EACCES : 0;
}

CALL (access)
{
  (void)context;
  return check_access (CWD, a[0], a[1]);
}

CALL (faccessat)
{
  (void)context;
  return check_access (a[0], a[1], a[2]);
}

/* ---- making ---- */

/* Adds a node to a directory; takes the use of it. */
static long
add (uint32_t directory, uint32_t address, struct node *node)
{
  char name[NAME_MAX_BYTES + 1];
  struct node *parent;
  if (!node)
    return -ENOSPC;
  int error = find_parent (directory, address, &parent, name);
  if (!error) {
    error = strcmp (name, ".") == 0 || strcmp (name, "..") == 0
                ? -EEXIST
                : directory_add (parent, name, node);
    node_drop (parent);
  }
  node_drop (node);
  return error;
}

CALL (mkdirat)
{
  (void)context;
  return add (a[0], a[1], node_new (S_IFDIR | (a[2] & 07777 & ~task_current->umask)));
}

CALL (mkdir)
{
  const uint32_t arguments[] = { CWD, a[0], a[1] };
  return call_mkdirat (arguments, context);
}

CALL (mknodat)
{
  uint32_t type = a[2] & S_IFMT;
  (void)context;
  if (type != S_IFREG && type != 0 && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO)
    return -EINVAL;
  struct node *node
      = node_new ((type == 0 ? S_IFREG : type) | (a[2] & 07777 & ~task_current->umask));
  if (node)
    special_attach (node, a[3]);
  return add (a[0], a[1], node);
}

CALL (mknod)
{
  const uint32_t arguments[] = { CWD, a[0], a[1], a[2] };
  return call_mknodat (arguments, context);
}

CALL (symlinkat)
{
  char target[PATH_MAX_BYTES];
  int error = user_path (a[0], target, sizeof target);
  (void)context;
  if (error || !target[0])
    return error ? error : -ENOENT;
  struct node *node = node_new (S_IFLNK | 0777);
  if (!node)
    return -ENOSPC;
  node->size = strlen (target);
  node->target = heap_new ((size_t)node->size + 1);
  if (!node->target) {
    node_drop (node);
    return -ENOSPC;
  }
  memcpy (node->target, target, (size_t)node->size + 1);
  return add (a[1], a[2], node);
}

CALL (symlink)
{
  const uint32_t arguments[] = { a[0], CWD, a[1] };
  return call_symlinkat (arguments, context);
}

CALL (linkat)
{
  struct node *node;
  int error
      = call_find (a[0], a[1], (a[4] & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW, &node);
  (void)context;
  if (error)
    return error;
  if (node_is (node, S_IFDIR)) {
    node_drop (node);
    return -EPERM;
  }
  return add (a[2], a[3], node);
}

CALL (link)
{
  const uint32_t arguments[] = { CWD, a[0], CWD, a[1], 0 };
  return call_linkat (arguments, context);
}

/* ---- removing and moving ---- */

static int
removable (struct node *parent, const char *name, bool directory)
{
  int error = 0;
  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    return -EINVAL;
  struct node *node = directory_find (parent, name);
  if (!node)
    return -ENOENT;
  if (directory && !node_is (node, S_IFDIR))
    error = -ENOTDIR;
  else if (!directory && node_is (node, S_IFDIR))
    error = -EISDIR;
  else if (directory && !directory_empty (node))
    error = -ENOTEMPTY;
  node_drop (node);
  return error;
}

static long
remove (uint32_t from, uint32_t address, bool directory)
{
  char name[NAME_MAX_BYTES + 1];
  struct node *parent;
  int error = find_parent (from, address, &parent, name);
  if (error)
    return error;
  error = removable (parent, name, directory);
  if (!error)
    error = directory_remove (parent, name);
  node_drop (parent);
  return error;
}

CALL (unlinkat)
{
  (void)context;
  return remove (a[0], a[1], (a[2] & AT_REMOVEDIR) != 0);
}

CALL (unlink)
{
  (void)context;
  return remove (CWD, a[0], false);
}

CALL (rmdir)
{
  (void)context;
  return remove (CWD, a[0], true);
}

static bool
is_inside (const struct node *node, const struct node *of)
{
  for (; node != node_root; node = node->parent)
    if (node == of)
      return true;
  return node == of;
}

static int
move (struct node *from, const char *old, struct node *to, const char *new)
{
  struct node *node = directory_find (from, old), *there;
  int error = 0;
  if (!node)
    return -ENOENT;
  there = directory_find (to, new);
  if (node_is (node, S_IFDIR) && is_inside (to, node))
    error = -EINVAL;
  else if (there && there != node)
    error = removable (to, new, node_is (node, S_IFDIR));
  if (!error && there != node) {
    if (there)
      directory_remove (to, new);
    error = directory_add (to, new, node);
    if (!error)
      directory_remove (from, old);
    if (!error && node_is (node, S_IFDIR))
      node->parent = to;
  }
  if (there)
    node_drop (there);
  node_drop (node);
  return error;
}

CALL (renameat)
{
  char old[NAME_MAX_BYTES + 1], new[NAME_MAX_BYTES + 1];
  struct node *from, *to;
  (void)context;
  int error = find_parent (a[0], a[1], &from, old);
  if (error)
    return error;
  error = find_parent (a[2], a[3], &to, new);
  if (!error) {
    error = move (from, old, to, new);
    node_drop (to);
  }
  node_drop (from);
  return error;
}

CALL (rename)
{
  const uint32_t arguments[] = { CWD, a[0], CWD, a[1] };
  return call_renameat (arguments, context);
}

/* ---- links and the working directory ---- */

CALL (readlinkat)
{
  struct node *node;
  int error = call_find (a[0], a[1], AT_SYMLINK_NOFOLLOW, &node);
  (void)context;
  if (error)
    return error;
  error = -EINVAL;
  if (node_is (node, S_IFLNK)) {
    uint32_t length = node->size < a[3] ? (uint32_t)node->size : a[3];
    error = user_put (a[2], node->target, length);
    error = error ? error : (int)length;
  }
  node_drop (node);
  return error;
}

CALL (readlink)
{
  const uint32_t arguments[] = { CWD, a[0], a[1], a[2] };
  return call_readlinkat (arguments, context);
}

static long
change_directory (struct node *node)
{
  if (!node_is (node, S_IFDIR)) {
    node_drop (node);
    return -ENOTDIR;
  }
  node_drop (task_current->directory);
  task_current->directory = node;
  return 0;
}

CALL (chdir)
{
  struct node *node;
  int error = call_find (CWD, a[0], 0, &node);
  (void)context;
  return error ? error : change_directory (node);
}

CALL (fchdir)
{
  struct node *node;
  int error = call_start (a[0], &node);
  (void)context;
  if (error)
    return error;
  node_hold (node);
  return change_directory (node);
}

/* Written from its end. */
CALL (getcwd)
{
  char path[PATH_MAX_BYTES];
  uint32_t at = sizeof path - 1;
  (void)context;
  path[at] = 0;
  for (const struct node *node = task_current->directory; node != node_root; node = node->parent) {
    const struct entry *entry = node->parent->entries;
    while (entry && entry->node != node)
      entry = entry->next;
    if (!entry)
      return -ENOENT;
    uint32_t length = (uint32_t)strlen (entry->name);
    if (length + 1 > at)
      return -ENAMETOOLONG;
    at -= length;
    memcpy (path + at, entry->name, length);
    path[--at] = '/';
  }
  if (path[at] == 0)
    path[--at] = '/';
  uint32_t bytes = sizeof path - at;
  if (bytes > a[1])
    return -ERANGE;
  int error = user_put (a[0], path + at, bytes);
  return error ? error : (long)bytes;
}

/* ---- attributes ---- */

static long
set_mode (uint32_t directory, uint32_t address, uint32_t flags, uint32_t mode)
{
  struct node *node;
  int error = call_find (directory, address, flags, &node);
  if (error)
    return error;
  node->mode = (node->mode & S_IFMT) | (mode & 07777);
  node_drop (node);
  return 0;
}

CALL (chmod)
{
  (void)context;
  return set_mode (CWD, a[0], 0, a[1]);
}

CALL (fchmodat)
{
  (void)context;
  return set_mode (a[0], a[1], 0, a[2]);
}

CALL (fchmod)
{
  struct node *node;
  int error = call_start (a[0], &node);
  (void)context;
  if (!error)
    node->mode = (node->mode & S_IFMT) | (a[1] & 07777);
  return error;
}

static void
give_to (struct node *node, uint32_t uid, uint32_t gid)
{
  node->uid = uid == UINT32_MAX ? node->uid : uid;
  node->gid = gid == UINT32_MAX ? node->gid : gid;
}

CALL (fchownat)
{
  struct node *node;
  int error = call_find (a[0], a[1], a[4], &node);
  (void)context;
  if (error)
    return error;
  give_to (node, a[2], a[3]);
  node_drop (node);
  return 0;
}

CALL (chown)
{
  const uint32_t arguments[] = { CWD, a[0], a[1], a[2], 0 };
  return call_fchownat (arguments, context);
}

CALL (lchown)
{
  const uint32_t arguments[] = { CWD, a[0], a[1], a[2], AT_SYMLINK_NOFOLLOW };
  return call_fchownat (arguments, context);
}

CALL (fchown)
{
  struct node *node;
  int error = call_start (a[0], &node);
  (void)context;
  if (!error)
    give_to (node, a[1], a[2]);
  return error;
}

static long
set_times (const uint32_t *a, bool wide)
{
  struct node *node;
  uint64_t now = clock_realtime_ns ();
  int error = 0;
  if (a[2] != 0) /* the second of two: when it was changed */
    error = call_time (a[2] + (wide ? 16 : 8), wide, &now);
  if (error == -EINVAL) /* UTIME_NOW, UTIME_OMIT */
    error = 0;
  if (!error)
    error = a[1] != 0 ? call_find (a[0], a[1], a[3], &node) : call_start (a[0], &node);
  if (error)
    return error;
  node->changed_ns = now;
  if (a[1] != 0)
    node_drop (node);
  return 0;
}

CALL (utimensat)
{
  (void)context;
  return set_times (a, false);
}

CALL (utimensat_time64)
{
  (void)context;
  return set_times (a, true);
}

CALL (truncate64)
{
  struct node *node;
  int error = call_find (CWD, a[0], 0, &node);
  (void)context;
  if (error)
    return error;
  error = node_is (node, S_IFREG) ? node_truncate (node, (uint64_t)a[3] << 32 | a[2]) : -EISDIR;
  node_drop (node);
  return error;
}

CALL (umask)
{
  uint32_t old = task_current->umask;
  (void)context;
  task_current->umask = a[0] & 0777;
  return (long)old;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "path.h"

#include "pv.h"

#define LINKS_MAX 8u

static int
walk (struct node *from, const char *path, bool follow, uint32_t links, struct node **node);

/* The next part of a path: its length, and `*path` behind it; 0: there is none. */
static uint32_t
next_part (const char **path, const char **part)
{
  uint32_t length = 0;
  while (**path == '/')
    (*path)++;
  *part = *path;
  while (**path && **path != '/') {
    (*path)++;
    length++;
  }
  return length;
}

static bool
is_last (const char *path)
{
  while (*path == '/')
    path++;
  return *path == 0;
}

/* One step from a directory; follows the symbolic link that is found, if it shall. */
static int
step (struct node *directory,
      const char *part,
      uint32_t length,
      bool follow,
      uint32_t links,
      struct node **node)
{
  char name[NAME_MAX_BYTES + 1];
  if (!node_is (directory, S_IFDIR))
    return -ENOTDIR;
  if (length > NAME_MAX_BYTES)
    return -ENAMETOOLONG;
  memcpy (name, part, length);
  name[length] = 0;
  struct node *found = directory_find (directory, name);
  if (!found)
    return -ENOENT;
  if (!follow || !node_is (found, S_IFLNK)) {
    *node = found;
    return 0;
  }
  int error = links == 0 ? -ELOOP : walk (directory, found->target, true, links - 1, node);
  node_drop (found);
  return error;
}

static int
walk (struct node *from, const char *path, bool follow, uint32_t links, struct node **node)
{
  struct node *at = path[0] == '/' ? node_root : from;
  const char *part;
  uint32_t length;
  if (!path[0])
    return -ENOENT;
  bool slash = path[strlen (path) - 1] == '/';
  node_hold (at);
  while ((length = next_part (&path, &part)) > 0) {
    struct node *next;
    int error = step (at, part, length, follow || !is_last (path) || slash, links, &next);
    node_drop (at);
    if (error)
      return error;
    at = next;
  }
  if (slash && !node_is (at, S_IFDIR)) {
    node_drop (at);
    return -ENOTDIR;
  }
  *node = at;
  return 0;
}

int
path_find (struct node *from, const char *path, bool follow, struct node **node)
{
  return walk (from, path, follow, LINKS_MAX, node);
}

int
path_parent (struct node *from,
             const char *path,
             struct node **directory,
             char name[NAME_MAX_BYTES + 1])
{
  char before[PATH_MAX_BYTES];
  uint32_t end = (uint32_t)strlen (path), start;
  while (end > 1 && path[end - 1] == '/')
    end--;
  for (start = end; start > 0 && path[start - 1] != '/';)
    start--;
  if (end == 0)
    return -ENOENT;
  if (end - start > NAME_MAX_BYTES || start >= sizeof before)
    return -ENAMETOOLONG;
  memcpy (name, path + start, end - start);
  name[end - start] = 0;
  if (start == 0)
    memcpy (before, ".", 2);
  else
    memcpy (before, path, start);
  before[start == 0 ? 1 : start] = 0;
  if (name[0] == 0) /* the root itself */
    memcpy (name, ".", 2);
  int error = walk (from, before, true, LINKS_MAX, directory);
  if (!error && !node_is (*directory, S_IFDIR)) {
    node_drop (*directory);
    return -ENOTDIR;
  }
  return error;
}

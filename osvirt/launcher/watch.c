/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { FIRST_ROOM = 256 };

int
watch_open (struct watch *watch)
{
  *watch = (struct watch){ .fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC) };
  return watch->fd >= 0 ? 0 : -1;
}

/* Where @wd is, or would be: the kernel counts upwards. */
static size_t
find (const struct watch *watch, int wd)
{
  size_t low = 0, high = watch->n;

  while (low < high) {
    size_t middle = (low + high) / 2;

    if (watch->list[middle].wd < wd)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int
remember (struct watch *watch, int wd, const char *path)
{
  size_t at = find (watch, wd);
  char *copy = strdup (path);

  if (copy == NULL)
    return -1;
  if (at < watch->n && watch->list[at].wd == wd) {
    free (watch->list[at].path); /* it has been moved */
    watch->list[at].path = copy;
    return 0;
  }
  if (watch->n == watch->room) {
    size_t room = watch->room == 0 ? FIRST_ROOM : watch->room * 2;
    struct watched *larger = reallocarray (watch->list, room, sizeof *larger);

    if (larger == NULL) {
      free (copy);
      return -1;
    }
    watch->list = larger;
    watch->room = room;
  }
  memmove (watch->list + at + 1, watch->list + at, (watch->n - at) * sizeof *watch->list);
  watch->list[at] = (struct watched){ wd, copy };
  watch->n++;
  return 0;
}

int
watch_folder (struct watch *watch, const char *path)
{
  int wd = inotify_add_watch (watch->fd, path,
                              IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW
                                  | IN_EXCL_UNLINK);

  return wd < 0 ? -1 : remember (watch, wd, path);
}

static void
forget (struct watch *watch, int wd)
{
  size_t at = find (watch, wd);

  if (at == watch->n || watch->list[at].wd != wd)
    return;
  free (watch->list[at].path);
  watch->n--;
  memmove (watch->list + at, watch->list + at + 1, (watch->n - at) * sizeof *watch->list);
}

static void
tell (const char *folder, const struct inotify_event *event, watch_heard *heard, void *data)
{
  char path[PATH_MAX]; /* what is heard may watch more folders, which moves the list */
  const char *name = event->len > 0 ? event->name : "";

  if ((size_t) snprintf (path, sizeof path, "%s%s%s", folder, *name != '\0' && folder[1] != '\0' ? "/" : "", name) < sizeof path)
    heard (data, path, (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0);
}

bool
watch_hear (struct watch *watch, watch_heard *heard, void *data)
{
  char buffer[4096] __attribute__ ((aligned (__alignof__ (struct inotify_event))));
  bool any = false;
  ssize_t length;

  while ((length = read (watch->fd, buffer, sizeof buffer)) > 0)
    for (ssize_t at = 0; at < length;) {
      const struct inotify_event *event = (const struct inotify_event *) (buffer + at);
      size_t index = find (watch, event->wd);

      at += (ssize_t) (sizeof *event + event->len);
      if (event->mask & IN_Q_OVERFLOW)
        heard (data, NULL, true);
      else if (event->mask & IN_IGNORED)
        forget (watch, event->wd);
      else if (index < watch->n && watch->list[index].wd == event->wd)
        tell (watch->list[index].path, event, heard, data);
      any = any || (event->mask & IN_IGNORED) == 0;
    }
  return any;
}

/* What is below @path, @depth levels of it. */
static void
watch_below (struct watch *watch, const char *path, unsigned depth, size_t limit)
{
  DIR *stream;
  struct dirent *entry;

  if (watch->n >= limit || watch_folder (watch, path) != 0 || depth == 0)
    return;
  stream = opendir (path);
  while (stream != NULL && (entry = readdir (stream)) != NULL) {
    char below[PATH_MAX];

    if (entry->d_type == DT_DIR && entry->d_name[0] != '.'
        && (size_t) snprintf (below, sizeof below, "%s/%s", path, entry->d_name) < sizeof below)
      watch_below (watch, below, depth - 1, limit);
  }
  if (stream != NULL)
    closedir (stream);
}

void
watch_system (struct watch *watch, size_t limit)
{
  /* Whoever installs a package changes one of the first. */
  static const struct {
    const char *path;
    unsigned    depth;
  } folders[] = {
    { "/var/lib/dpkg/info", 0 }, { "/var/lib/rpm", 0 }, { "/usr/lib/sysimage/rpm", 0 }, { "/var/lib/pacman/local", 0 },
    { "/usr", 1 }, { "/usr/local", 2 }, { "/etc", 3 }, { "/opt", 2 }, { "/srv", 2 }, { "/var", 1 }, { "/usr/share", 1 }, { "/usr/lib", 1 },
  };

  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    watch_below (watch, folders[i].path, folders[i].depth, limit);
}

void
watch_close (struct watch *watch)
{
  for (size_t i = 0; i < watch->n; i++)
    free (watch->list[i].path);
  free (watch->list);
  close (watch->fd);
  *watch = (struct watch){ .fd = -1 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Folders of the host in which names come, go or change their permissions (inotify). A view lies over them, and the kernel
 * tells it nothing. */

struct watched {
  int   wd;
  char *path;
};

struct watch {
  int             fd; /* to poll */
  struct watched *list; /* by wd */
  size_t          n, room;
};

/* @path has come, gone or got other permissions; @came: it is new there. NULL: anything may have. */
typedef void watch_heard (void *data, const char *path, bool came);

/* 0, or -1 with errno. */
int watch_open (struct watch *watch);

/**
 * watch_folder:
 * @path: absolute
 *
 * Returns: 0, or -1: it is no folder, or the kernel grants no more (ENOSPC)
 */
int watch_folder (struct watch *watch, const char *path);

/* Calls @heard for what has changed since the last time, without waiting. Returns whether anything has. */
bool watch_hear (struct watch *watch, watch_heard *heard, void *data);

/* The host's folders that programs look into most, for who need not know of every one: @limit of them, from the top. */
void watch_system (struct watch *watch, size_t limit);

void watch_close (struct watch *watch);

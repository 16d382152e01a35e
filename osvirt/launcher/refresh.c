/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/refresh.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reconfiguring a file system, even to what it is, empties the kernel's cache of its names. */
static void
forget_names (int root, const char *path)
{
  struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
  int place = (int) syscall (SYS_openat2, root, path, &how, sizeof how), context;

  if (place < 0)
    return;
  context = (int) syscall (SYS_fspick, place, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
  if (context >= 0) {
    syscall (SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
    close (context);
  }
  close (place);
}

void
view_refresh (int root, const char *mounts)
{
  FILE *file = fopen (mounts, "re");
  char *line = NULL;
  size_t size = 0;

  while (file != NULL && getline (&line, &size, file) > 0) {
    const char *type = strstr (line, " - overlay workspace ");
    char path[PATH_MAX];

    /* Copies of it, as rules make, are the same file system. */
    if (type != NULL && sscanf (line, "%*d %*d %*s / %4095s", path) == 1 && strchr (path, '\\') == NULL)
      forget_names (root, path);
  }
  free (line);
  if (file != NULL)
    fclose (file);
}

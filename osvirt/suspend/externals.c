/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/externals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/overlay.h"
#include "launcher/submounts.h"

#define NAME "externals"

static bool
is_external (const char *place, const char *type)
{
  static const char *const by_criu[] = { "tmpfs", "proc", "devpts", "mqueue" };

  if (strcmp (place, "/") == 0)
    return false;
  if (strcmp (place, "/dev") == 0 || strcmp (place, "/sys") == 0)
    return true;
  for (size_t i = 0; i < sizeof by_criu / sizeof by_criu[0]; i++)
    if (strcmp (type, by_criu[i]) == 0)
      return false;
  return true;
}

int
externals_write (int image, pid_t init, struct wire_fault *fault)
{
  int fd = openat (image, NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  char path[32], line[2048], place[256], type[64];
  FILE *in, *out = fd >= 0 ? fdopen (fd, "w") : NULL;
  int failed;

  snprintf (path, sizeof path, "/proc/%d/mountinfo", init);
  in = fopen (path, "re");
  while (in != NULL && out != NULL && fgets (line, sizeof line, in) != NULL) {
    const char *rest = strstr (line, " - ");

    if (rest != NULL && sscanf (line, "%*d %*d %*s %*s %255s", place) == 1 && sscanf (rest, " - %63s", type) == 1
        && is_external (place, type))
      fprintf (out, "%s\n", place);
  }
  failed = in == NULL || out == NULL || ferror (out);
  if (in != NULL)
    fclose (in);
  if (out != NULL)
    failed |= fclose (out) != 0;
  return failed ? wire_fail (fault, errno, "noting the mounts of the workspace") : 0;
}

struct external *
externals_read (int image)
{
  int fd = openat (image, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  FILE *in = fd >= 0 ? fdopen (fd, "r") : NULL;
  struct external *first = NULL, **last = &first;
  char line[300];

  while (in != NULL && fgets (line, sizeof line, in) != NULL) {
    struct external *external = calloc (1, sizeof *external);

    if (external == NULL)
      break;
    line[strcspn (line, "\n")] = '\0';
    snprintf (external->place, sizeof external->place, "%.255s", line);
    *last = external;
    last = &external->next;
  }
  if (in != NULL)
    fclose (in);
  return first;
}

/* A folder that was a mount of its own where the view was suspended, and may or may not be one here. Never through a link: the
 * tree is the user's, and the host's lies around it. */
static int
attach_folder (const char *place, char *source, size_t room)
{
  static unsigned count;
  struct open_how how = {
    .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  struct wire_fault fault;
  int root = open (STAGE_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC), folder, copy;

  folder = root >= 0 ? (int) syscall (SYS_openat2, root, place + 1, &how, sizeof how) : -1;
  close_fd (&root);
  copy = folder >= 0 ? mount_clone (folder, "", false, &fault) : -1;
  close_fd (&folder);
  snprintf (source, room, STAGE "/sub/moved-%u", count++);
  if (copy < 0 || (mkdir (source, 0755) != 0 && errno != EEXIST))
    return -1;
  return mount_attach (&copy, AT_FDCWD, source, &fault);
}

int
external_source (const char *place, char *source, size_t room)
{
  if (strcmp (place, "/dev") == 0 || strcmp (place, "/sys") == 0)
    snprintf (source, room, STAGE "%s", place);
  else if (strcmp (place, "/root") == 0 || strncmp (place, "/home/", 6) == 0)
    snprintf (source, room, STAGE_WORKSPACE "/home");
  else if (strcmp (place, LOG_PATH) == 0)
    snprintf (source, room, STAGE_WORKSPACE "/log");
  else if (place[0] != '/')
    return -1;
  else {
    submount_place (place + 1, source, room);
    return access (source, F_OK) == 0 ? 0 : attach_folder (place, source, room);
  }
  return 0;
}

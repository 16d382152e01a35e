/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/system.h"

enum { FIRST_FD = 3, MAX_PASSED = 8, OUT_OF_THE_WAY = 100 };

int
program_find (const char *folder, const char *name, char *path, size_t room)
{
  static const char *const in_build[] = { "..", "../osvirt", "../../osvirt", "../../../osvirt" };
  const char *set = getenv ("DOMICILE_LIBEXECDIR");
  char self[PATH_MAX];
  ssize_t length = readlink ("/proc/self/exe", self, sizeof self - 1);
  char *slash;

  if (set != NULL && *set != '\0') {
    snprintf (path, room, "%s/%s", set, name);
    return access (path, X_OK);
  }
  self[length > 0 ? length : 0] = '\0';
  slash = strrchr (self, '/');
  if (slash != NULL) {
    *slash = '\0';
    snprintf (path, room, "%s/%s", self, name);
    if (access (path, X_OK) == 0)
      return 0;
    for (size_t i = 0; i < sizeof in_build / sizeof in_build[0]; i++) {
      snprintf (path, room, "%s/%s/%s/%s", self, in_build[i], folder, name);
      if (access (path, X_OK) == 0)
        return 0;
    }
  }
  snprintf (path, room, LIBEXECDIR "/%s", name);
  return access (path, X_OK);
}

/* Between fork and exec of a program with threads: system calls only. */
_Noreturn static void
become (const char *path, char *const *argv, int socket, const int *fds, unsigned n_fds)
{
  int high[MAX_PASSED + 1];

  for (unsigned i = 0; i <= n_fds; i++)
    high[i] = fcntl (i == 0 ? socket : fds[i - 1], F_DUPFD, OUT_OF_THE_WAY);
  for (unsigned i = 0; i <= n_fds; i++)
    dup2 (high[i], FIRST_FD + (int) i);
  system_close_range (FIRST_FD + 1 + n_fds, ~0U, 0);
  execv (path, argv);
  _exit (127);
}

int
program_start (const char *folder, char *const *argv, const int *fds, unsigned n_fds, pid_t *pid,
               struct wire_fault *fault)
{
  char path[PATH_MAX + 64];
  int pair[2];

  if (n_fds > MAX_PASSED)
    return wire_fail (fault, EINVAL, "starting %s", argv[0]);
  if (program_find (folder, argv[0], path, sizeof path) != 0)
    return wire_fail (fault, errno, "finding %s at %.100s", argv[0], path);
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return wire_fail (fault, errno, "making a socket");
  *pid = fork ();
  if (*pid == 0)
    become (path, argv, pair[1], fds, n_fds);
  close (pair[1]);
  if (*pid > 0)
    return pair[0];
  close (pair[0]);
  return wire_fail (fault, errno, "starting %s", argv[0]);
}

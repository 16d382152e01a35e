/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/activation.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKET = 3, BACKLOG = 64 };

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  if (fd < 0 || strlen (path) >= sizeof address.sun_path)
    return -1;
  strcpy (address.sun_path, path);
  unlink (path);
  return bind (fd, (struct sockaddr *) &address, sizeof address) == 0 && listen (fd, BACKLOG) == 0 ? fd : -1;
}

_Noreturn static void
wait_and_become (int fd, char *const *argv)
{
  struct pollfd wait = { fd, POLLIN, 0 };
  char pid[16];

  setsid ();
  while (poll (&wait, 1, -1) != 1)
    continue;
  snprintf (pid, sizeof pid, "%d", (int) getpid ());
  if ((fd == SOCKET || (dup2 (fd, SOCKET) == SOCKET && close (fd) == 0)) && setenv ("LISTEN_PID", pid, 1) == 0
      && setenv ("LISTEN_FDS", "1", 1) == 0)
    execvp (argv[0], argv);
  _exit (127);
}

int
activation_run (const char *path, char *const *argv)
{
  int fd = listen_at (path);
  pid_t pid = fd >= 0 ? fork () : -1;

  if (pid == 0)
    wait_and_become (fd, argv);
  return pid > 0 ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries to get out of a sandbox, in every way that it knows, each in a process of its own, and prints a line for each: its name
 * and "worked", or the error that it failed with. What it looks for on the host is named by the environment:
 *   ESCAPE_PID       a process of the host's       ESCAPE_SECRET   a file of the host's, hidden inside
 *   ESCAPE_ABSTRACT  an abstract socket            ESCAPE_SOCKET   a socket in /run or /tmp
 *   ESCAPE_KEY       a System V segment's key      ESCAPE_QUEUE    a message queue
 *   ESCAPE_NODE      a device node that was carried here           ESCAPE_SUID     a set-user-id program that was
 * Built static, so that it also runs where nothing else is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"

static const struct attempt *const groups[] = { process_attempts, mount_attempts, kernel_attempts, host_attempts };

/* 0: it worked. */
static int
try_one (const struct attempt *attempt)
{
  int status, result[2], error = EIO;
  pid_t child;

  if (pipe (result) != 0)
    return errno;
  child = fork ();
  if (child == 0) {
    close (result[0]);
    alarm (30);
    error = attempt->run ();
    _exit (write (result[1], &error, sizeof error) == (ssize_t) sizeof error ? 0 : 1);
  }
  close (result[1]);
  if (read (result[0], &error, sizeof error) != (ssize_t) sizeof error)
    error = EINTR; /* it was killed */
  close (result[0]);
  waitpid (child, &status, 0);
  return error;
}

int
main (int argc, char **argv)
{
  if (argc > 1 && strcmp (argv[1], "--has-gained") == 0)
    return getauxval (AT_SECURE) != 0 ? 0 : 1;
  for (; argc > 1 && strchr (argv[1], '=') != NULL; argv++, argc--)
    putenv (argv[1]); /* where there is no env(1) */
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
    for (const struct attempt *attempt = groups[i]; attempt->name != NULL; attempt++) {
      int error;

      if (argc > 1 && strcmp (argv[1], attempt->name) != 0)
        continue;
      error = try_one (attempt);
      printf ("%s %s\n", attempt->name, error == 0 ? "worked" : strerrorname_np (error));
      fflush (stdout);
    }
  return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a command and prints the milliseconds from its start to its first mapped window, as one JSON
 * object, then waits for a line on its standard input (or its end) and ends the command.
 *
 * A window counts when it is mapped on the root, at least 200 by 150 pixels, and not
 * override-redirect, so that menus and helper windows are left out. Told by the X server itself
 * (SubstructureNotify), it is exact to a millisecond, which asking again and again is not. */
#include <X11/Xlib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 120000 /* a download may come first */

static double
now_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A window may be gone before it is asked about: no reason to end. */
static int
ignore_error (Display *display, XErrorEvent *event)
{
  return 0;
}

static int
is_window (Display *display, Window window)
{
  XWindowAttributes a;

  return XGetWindowAttributes (display, window, &a) && a.width >= 200 && a.height >= 150
         && !a.override_redirect;
}

/* Milliseconds until the first window, or -1 where none came. */
static double
wait_for_window (Display *display, double start)
{
  struct pollfd fd = { ConnectionNumber (display), POLLIN, 0 };
  XEvent event;

  while (now_ms () - start < PATIENCE_MS) {
    if (!XPending (display)) {
      poll (&fd, 1, 100);
      continue;
    }
    XNextEvent (display, &event);
    if (event.type == MapNotify && is_window (display, event.xmap.window))
      return now_ms () - start;
  }
  return -1;
}

int
main (int argc, char **argv)
{
  Display *display = XOpenDisplay (NULL);
  double start, elapsed;
  pid_t child;
  char c;

  if (argc < 2 || display == NULL) {
    fprintf (stderr, "usage: first-window COMMAND [ARGUMENT…], with a display\n");
    return 2;
  }
  XSetErrorHandler (ignore_error);
  XSelectInput (display, DefaultRootWindow (display), SubstructureNotifyMask);
  XSync (display, 0);
  start = now_ms ();
  child = fork ();
  if (child == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    execvp (argv[1], argv + 1);
    _exit (127);
  }
  elapsed = wait_for_window (display, start);
  printf ("{\"pid\": %d, \"map_ms\": %.1f}\n", (int)child, elapsed);
  fflush (stdout);
  if (elapsed >= 0)
    while (read (0, &c, 1) == 1 && c != '\n')
      ;
  kill (child, SIGTERM);
  waitpid (child, NULL, 0);
  return elapsed >= 0 ? 0 : 1;
}

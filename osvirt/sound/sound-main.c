/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-sound NAME WORD...: carries the sound of the workspace NAME to the host and, where that is allowed, back. WORD is
 * "playback", "microphone" for what the host takes part in; without, there is silence. Descriptors: 3 a SEQPACKET socket, which ends
 * it when it is closed; 4 the FIFO that the workspace plays to; 5, or none, the one that it records from. */
#include <fcntl.h>
#include <glib-unix.h>
#include <pulse/glib-mainloop.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "sound/microphone.h"
#include "sound/playback.h"

enum { SOCKET = 3, PLAYBACK, MICROPHONE };

static gboolean
on_agent (int fd, GIOCondition condition, gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
is_fifo (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISFIFO (info.st_mode);
}

static pa_mainloop_api *
api_if (pa_glib_mainloop *host, char **words, const char *word)
{
  return g_strv_contains ((const char *const *) words, word) ? pa_glib_mainloop_get_api (host) : NULL;
}

int
main (int argc, char **argv)
{
  const gboolean records = is_fifo (MICROPHONE); /* before anything else is opened */
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  pa_glib_mainloop *host;

  if (argc < 2 || fcntl (SOCKET, F_SETFD, FD_CLOEXEC) != 0 || !is_fifo (PLAYBACK)) {
    fputs ("domicile-sound is started by Domicile and is of no use by itself.\n", stderr);
    return 2;
  }
  signal (SIGPIPE, SIG_IGN);
  host = pa_glib_mainloop_new (NULL);
  g_unix_fd_add (SOCKET, G_IO_IN | G_IO_HUP | G_IO_ERR, on_agent, loop);
  playback_run (PLAYBACK, api_if (host, argv + 2, "playback"), argv[1], loop);
  if (records)
    microphone_run (MICROPHONE, api_if (host, argv + 2, "microphone"), argv[1], loop);
  g_main_loop_run (loop);
  return 0;
}

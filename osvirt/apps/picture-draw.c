/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a picture takes to draw cannot be told from it: thirty kilobytes of SVG can take minutes, by nested <use>, curves that
 * cross, arcs of huge radius, markers, filters. So icons of a workspace are drawn once, by a program that the kernel ends when its
 * time is over, and a console gets nothing but small pictures that it has made. */
#include "apps/picture-draw.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/picture-size.h"
#include "launcher/program.h"

/* Of this computer's time, which may be busy: for one picture, and after which no further one is begun. */
enum { WAIT_SECONDS = 20, TOGETHER_SECONDS = 3 };

struct _PictureDrawer {
  int socket, memory; /* -1: it does not run */
  pid_t pid;
  gint64 begun_us; /* 0: nothing has been drawn yet */
};

/**
 * picture_drawer_new:
 *
 * Nothing is started before the first picture comes.
 *
 * Returns: (transfer full): what draws one picture after the other
 */
PictureDrawer *
picture_drawer_new (void)
{
  PictureDrawer *self = g_new0 (PictureDrawer, 1);

  self->socket = self->memory = -1;
  return self;
}

/* Ends the program. It may be in the middle of a picture. */
static void
stop (PictureDrawer *self)
{
  if (self->socket < 0)
    return;
  kill (self->pid, SIGKILL);
  while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  close (self->socket);
  close (self->memory);
  self->socket = self->memory = -1;
}

void
picture_drawer_free (PictureDrawer *self)
{
  stop (self);
  g_free (self);
}

static gboolean
start (PictureDrawer *self)
{
  char *const argv[] = { (char *) "domicile-picture", NULL };
  const struct timeval wait = { .tv_sec = WAIT_SECONDS };
  struct wire_fault fault = { 0 };

  if (self->socket >= 0)
    return TRUE;
  self->memory = memfd_create ("domicile-picture", MFD_CLOEXEC);
  if (self->memory < 0)
    return FALSE;
  self->socket = program_start ("apps", argv, &self->memory, 1, &self->pid, &fault);
  if (self->socket < 0) {
    g_debug ("Icons of apps cannot be drawn: %s", fault.what);
    close (self->memory);
    self->memory = -1;
    return FALSE;
  }
  setsockopt (self->socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return TRUE;
}

/* What the program says is as good as what the picture has made of it. */
static gboolean
take (PictureDrawer *self, guint32 length, char **drawn)
{
  g_autofree char *data = length > 0 && length <= PICTURE_MAX_BYTES ? g_malloc (length) : NULL;

  if (data == NULL || pread (self->memory, data, length, 0) != (ssize_t) length || !picture_size_is_drawing (data, length, PICTURE_SIDE))
    return FALSE;
  *drawn = g_steal_pointer (&data);
  return TRUE;
}

/**
 * picture_drawer_draw:
 * @data: (array length=length): a picture that anybody may have made
 * @length: bytes in @data
 * @drawn: (out) (transfer full) (array length=drawn_length): a PNG no larger than PICTURE_SIDE, where it is drawn
 * @drawn_length: (out): bytes in @drawn
 *
 * Blocks for as long as it is drawn.
 *
 * Returns: what has come of it
 */
PictureResult
picture_drawer_draw (PictureDrawer *self, const char *data, gsize length, char **drawn, gsize *drawn_length)
{
  guint32 size = (guint32) length, answer = 0;
  gint64 now = g_get_monotonic_time ();
  ssize_t got;

  if (length > PICTURE_MAX_BYTES || !picture_size_is_sane (data, length))
    return PICTURE_REFUSED;
  if (self->begun_us == 0)
    self->begun_us = now;
  if (now - self->begun_us > TOGETHER_SECONDS * G_USEC_PER_SEC || !start (self))
    return PICTURE_LATER;
  if (pwrite (self->memory, data, length, 0) != (ssize_t) length || send (self->socket, &size, sizeof size, MSG_NOSIGNAL) != sizeof size) {
    stop (self);
    return PICTURE_LATER;
  }
  while ((got = recv (self->socket, &answer, sizeof answer, 0)) < 0 && errno == EINTR)
    ;
  if (got == sizeof answer && take (self, answer, drawn)) {
    *drawn_length = answer;
    return PICTURE_DRAWN;
  }
  if (got != sizeof answer)
    stop (self); /* the next one is another program's */
  return got < 0 ? PICTURE_LATER : PICTURE_REFUSED;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/sound.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/leashed-program.h"

/* See ../sound/sound-server.sh. */
#define PLAYBACK   "/run/sound/playback"
#define MICROPHONE "/run/sound/microphone"

/* One that failed is started again after so long: programs would wait for it otherwise. */
#define AGAIN_SECONDS 2

struct _AgentSound {
  GObject parent_instance;

  DmcView *view;
  char *name;
  guint switches;
  LeashedProgram *program; /* NULL: it does not run */
  guint again_source;
};

G_DEFINE_FINAL_TYPE (AgentSound, agent_sound, G_TYPE_OBJECT)

enum { SERVER_ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
agent_sound_finalize (GObject *object)
{
  AgentSound *self = AGENT_SOUND (object);

  g_clear_handle_id (&self->again_source, g_source_remove);
  g_clear_pointer (&self->program, leashed_program_free);
  g_object_unref (self->view);
  g_free (self->name);
  G_OBJECT_CLASS (agent_sound_parent_class)->finalize (object);
}

static void
agent_sound_class_init (AgentSoundClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_sound_finalize;
  signals[SERVER_ENDED] = g_signal_new ("server-ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
agent_sound_init (AgentSound *self)
{
}

/* Programs inside may have put anything there: only a FIFO is opened. Returns -1 where there is none. */
static int
open_fifo (DmcView *view, const char *path, int mode)
{
  int place = dmc_view_open_path (view, path, NULL), fd = -1;
  struct stat info;
  char link[32];

  if (place < 0)
    return -1;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", place);
  if (fstat (place, &info) == 0 && S_ISFIFO (info.st_mode))
    fd = open (link, mode | O_NONBLOCK | O_CLOEXEC);
  close (place);
  return fd;
}

static void start (AgentSound *self);

static gboolean
on_again (gpointer data)
{
  AgentSound *self = data;

  self->again_source = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

/* It ends well with the sound server inside. */
static void
on_ended (int status, gpointer data)
{
  AgentSound *self = data;

  g_clear_pointer (&self->program, leashed_program_free);
  if (status != 0)
    self->again_source = g_timeout_add_seconds (AGAIN_SECONDS, on_again, self);
  else
    g_signal_emit (self, signals[SERVER_ENDED], 0);
}

static void
start (AgentSound *self)
{
  const int fifos[] = { open_fifo (self->view, PLAYBACK, O_RDONLY), open_fifo (self->view, MICROPHONE, O_WRONLY) };
  char *argv[5] = { (char *) "domicile-sound", self->name };
  g_autoptr (GError) error = NULL;
  unsigned n = 2;

  if (self->switches & WORKSPACE_SOUND)
    argv[n++] = (char *) "playback";
  if (self->switches & WORKSPACE_SOUND && self->switches & WORKSPACE_MICROPHONE)
    argv[n++] = (char *) "microphone";
  if (fifos[0] >= 0) {
    self->program = leashed_program_start ("sound", argv, fifos, fifos[1] >= 0 ? 2 : 1, on_ended, self, &error);
    if (self->program == NULL)
      g_warning ("“%s” is not heard: %s", self->name, error->message);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (fifos); i++)
    if (fifos[i] >= 0)
      close (fifos[i]);
}

/**
 * agent_sound_new:
 * @view: an open view
 * @name: the workspace's, which the host's mixer shows
 * @switches: those of WorkspaceSwitch that it has now: what they do not allow is silence
 *
 * Returns: (transfer full) (nullable): what carries its sound; %NULL where no sound server of its own runs
 */
AgentSound *
agent_sound_new (DmcView *view, const char *name, guint switches)
{
  g_autoptr (AgentSound) self = g_object_new (AGENT_TYPE_SOUND, NULL);

  self->view = g_object_ref (view);
  self->name = g_strdup (name);
  self->switches = switches;
  start (self);
  return self->program != NULL ? g_steal_pointer (&self) : NULL;
}

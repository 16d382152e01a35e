/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/leashed-program.h"

#include <unistd.h>

#include "helper/fault.h"
#include "launcher/program.h"

struct _LeashedProgram {
  int leash;
  GPid pid;
  guint child_source; /* 0: it has ended */
  LeashedProgramEnded ended;
  gpointer data;
};

static void
on_ended (GPid pid, int status, gpointer data)
{
  LeashedProgram *self = data;

  g_spawn_close_pid (pid);
  self->child_source = 0;
  self->ended (status, self->data);
}

LeashedProgram *
leashed_program_start (const char *folder, char *const *argv, const int *fds, unsigned n_fds, LeashedProgramEnded ended, gpointer data, GError **error)
{
  struct wire_fault fault = { 0 };
  GPid pid = 0;
  const int leash = program_start (folder, argv, fds, n_fds, &pid, &fault);
  LeashedProgram *self;

  if (leash < 0) {
    g_propagate_error (error, fault_to_error (&fault));
    return NULL;
  }
  self = g_new0 (LeashedProgram, 1);
  self->leash = leash;
  self->pid = pid;
  self->ended = ended;
  self->data = data;
  self->child_source = g_child_watch_add (pid, on_ended, self);
  return self;
}

int
leashed_program_get_socket (LeashedProgram *self)
{
  return self->leash;
}

static void
reap (GPid pid, int status, gpointer unused)
{
  g_spawn_close_pid (pid);
}

void
leashed_program_free (LeashedProgram *self)
{
  if (self->child_source != 0) {
    g_source_remove (self->child_source);
    g_child_watch_add (self->pid, reap, NULL);
  }
  close (self->leash);
  g_free (self);
}

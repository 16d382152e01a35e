/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/bus-watch.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PID_FILE "/run/bus.pid" /* see ../registry/session-bus.sh */

struct BusWatch {
  int process; /* pidfd */
  guint source;
  void (*ended) (gpointer data);
  gpointer data;
};

/* The bus of the view, or whatever a program inside has named in its place: a process of the view in any case. Returns 0 for none. */
static int
read_pid (DmcView *view)
{
  int fd = dmc_view_open_file (view, PID_FILE, NULL);
  char text[16];
  ssize_t length;

  if (fd < 0)
    return 0;
  length = read (fd, text, sizeof text - 1);
  close (fd);
  if (length <= 0)
    return 0;
  text[length] = '\0';
  return atoi (text);
}

static int
open_process (DmcView *view, int pid)
{
  g_autoptr (GPtrArray) processes = pid > 0 ? dmc_view_list_processes (view, NULL) : NULL;

  for (guint i = 0; processes != NULL && i < processes->len; i++) {
    const DmcProcess *process = g_ptr_array_index (processes, i);

    if (process->pid == pid)
      return (int) syscall (SYS_pidfd_open, process->host_pid, 0);
  }
  return -1;
}

static gboolean
on_ended (int fd, GIOCondition condition, gpointer data)
{
  BusWatch *self = data;

  self->source = 0;
  self->ended (self->data);
  return G_SOURCE_REMOVE;
}

BusWatch *
bus_watch_new (DmcView *view, void (*ended) (gpointer data), gpointer data)
{
  int process = open_process (view, read_pid (view));
  BusWatch *self;

  if (process < 0)
    return NULL;
  self = g_new (BusWatch, 1);
  *self = (BusWatch){ process, 0, ended, data };
  self->source = g_unix_fd_add (process, G_IO_IN, on_ended, self);
  return self;
}

void
bus_watch_free (BusWatch *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  close (self->process);
  g_free (self);
}

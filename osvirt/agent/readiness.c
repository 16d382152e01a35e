/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/readiness.h"

#include <glib-unix.h>
#include <unistd.h>

#include "rpc/error.h"

#define READY_SECONDS 60

typedef struct {
  char *program;
  guint ready_source, timeout_source;
} Readiness;

static void
readiness_free (Readiness *self)
{
  g_clear_handle_id (&self->ready_source, g_source_remove);
  g_clear_handle_id (&self->timeout_source, g_source_remove);
  g_free (self->program);
  g_free (self);
}

static gboolean
on_ready (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (GTask) task = data;
  Readiness *self = g_task_get_task_data (task);
  char byte;

  self->ready_source = 0;
  g_clear_handle_id (&self->timeout_source, g_source_remove);
  if (read (fd, &byte, 1) == 1)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, NULL, "%s ended at once; the agent's log says why.", self->program));
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout (gpointer data)
{
  g_autoptr (GTask) task = data;
  Readiness *self = g_task_get_task_data (task);

  self->timeout_source = 0;
  g_clear_handle_id (&self->ready_source, g_source_remove);
  g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, NULL, "%s does not get ready.", self->program));
  return G_SOURCE_REMOVE;
}

void
readiness_wait_async (int fd, const char *program, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Readiness *self = g_new0 (Readiness, 1);

  self->program = g_strdup (program);
  g_task_set_source_tag (task, readiness_wait_async);
  g_task_set_task_data (task, self, (GDestroyNotify) readiness_free);
  self->ready_source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, on_ready, task);
  self->timeout_source = g_timeout_add_seconds (READY_SECONDS, on_timeout, task);
}

gboolean
readiness_wait_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
readiness_return (GTask *task, GError *error)
{
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_object_ref (g_task_get_task_data (task)), g_object_unref);
  g_object_unref (task);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer task)
{
  GError *error = NULL;

  readiness_wait_finish (result, &error);
  readiness_return (task, error);
}

void
readiness_return_when_ready (int fd, const char *program, GTask *task)
{
  readiness_wait_async (fd, program, on_waited, task);
}

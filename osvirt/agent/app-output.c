/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/app-log.h"
#include "rpc/error.h"

/* JSON writes a byte as six at worst, and the longest message has a MiB. */
#define MAX_BYTES (64 * 1024)

typedef struct {
  char *app;
  char *name; /* of its log */
  int vault;  /* the workspace's own folder */
  gint64 from;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  close (self->vault);
  g_free (self->app);
  g_free (self->name);
  g_free (self);
}

void
app_output_free (AppOutput *self)
{
  g_free (self->text);
  g_free (self);
}

/* Programs inside may put anything there: a link, a pipe that nobody writes to. Returns -1 with errno. */
static int
open_log (Reading *self, struct stat *info)
{
  int folder = openat (self->vault, "log", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), fd = -1;

  if (folder >= 0) {
    fd = openat (folder, self->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    close (folder);
  }
  if (fd >= 0 && (fstat (fd, info) != 0 || !S_ISREG (info->st_mode))) {
    close (fd);
    errno = ENOENT;
    return -1;
  }
  return fd;
}

/* Without a character of which the end is not written yet. */
static gsize
whole_characters (const char *text, gsize length)
{
  for (gsize tail = 1; tail <= 3 && tail <= length; tail++)
    if (g_utf8_get_char_validated (text + length - tail, (gssize) tail) == (gunichar) -2)
      return length - tail;
  return length;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *self = data;
  struct stat info;
  g_autofree char *bytes = g_malloc (MAX_BYTES);
  int fd = open_log (self, &info);
  gint64 from;
  ssize_t length;
  AppOutput *output;

  if (fd < 0) {
    g_task_return_error (task, dmc_error_new (errno == ENOENT ? DMC_ERROR_NOT_FOUND : DMC_ERROR_IO,
                                              "Give an app's id, or the name of a command that was started.",
                                              "There is no output of “%s”: %s.", self->app, g_strerror (errno)));
    return;
  }
  from = self->from < 0 ? MAX (0, info.st_size + self->from) : self->from > info.st_size ? 0 : self->from;
  length = pread (fd, bytes, MAX_BYTES, from);
  close (fd);
  if (length < 0) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, NULL, "The output of “%s” cannot be read: %s.", self->app, g_strerror (errno)));
    return;
  }
  output = g_new0 (AppOutput, 1);
  output->from = from;
  output->next = from + (gint64) whole_characters (bytes, (gsize) length);
  output->text = g_utf8_make_valid (bytes, output->next - from);
  g_task_return_pointer (task, output, (GDestroyNotify) app_output_free);
}

/**
 * app_output_read_async:
 * @workspace: an open workspace
 * @app: an app's id, or a command's name
 * @from: in bytes from the beginning of its log; where less than 0, before its end. What lies behind the end begins anew:
 *   a log that has grown large is emptied at a start.
 * @cancellable: (nullable): to stop
 * @callback: called when a piece is read
 * @user_data: for @callback
 *
 * Reads a piece of what an app has written to its standard output and error output, without blocking on the medium.
 */
void
app_output_read_async (AgentWorkspace *workspace, const char *app, gint64 from, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *self = g_new0 (Reading, 1);

  self->app = g_strdup (app);
  self->name = app_log_name (app);
  self->from = from;
  self->vault = fcntl (dmc_vault_get_root_fd (agent_workspace_get_vault (workspace)), F_DUPFD_CLOEXEC, 3);
  g_task_set_source_tag (task, app_output_read_async);
  g_task_set_task_data (task, self, reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

/* Returns: (transfer full): a piece; an empty one at the end */
AppOutput *
app_output_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-view"

#include <glib-unix.h>

#include "launcher/refresh.h"
#include "launcher/view-private.h"
#include "launcher/watch.h"

/* Without the helper, which does it for its views, one process watches the host for all of its own. */

enum {
  MAX_WATCHED = 4096, /* of the user's, who may have few */
};

static GPtrArray *views; /* of DmcView, not owned */
static struct watch watch = { .fd = -1 };
static gboolean preparing;
static guint watch_source, again_source;
static guint pause_ms; /* before the next time, which again_source waits for */

static void
ignore (void *data, const char *path, bool came)
{
}

static gboolean on_again (gpointer data);

static void
wait_again (guint ms)
{
  g_clear_handle_id (&again_source, g_source_remove);
  pause_ms = ms;
  if (ms <= REFRESH_LAST_MS)
    again_source = g_timeout_add (ms, on_again, NULL);
}

static void
refresh_all (guint next_ms)
{
  const struct init_message message = { .verb = INIT_REFRESH };

  for (guint i = 0; i < views->len; i++)
    view_send (g_ptr_array_index (views, i), &message, sizeof message, NULL, 0);
  wait_again (next_ms);
}

static gboolean
on_again (gpointer data)
{
  again_source = 0;
  refresh_all (pause_ms * 2);
  return G_SOURCE_REMOVE;
}

static gboolean
on_watch (int fd, GIOCondition condition, gpointer data)
{
  if (!watch_hear (&watch, ignore, NULL))
    return G_SOURCE_CONTINUE;
  if (again_source == 0)
    refresh_all (REFRESH_MS);
  else if (pause_ms > REFRESH_MS)
    wait_again (REFRESH_MS);
  return G_SOURCE_CONTINUE;
}

static void
stop (void)
{
  g_clear_handle_id (&watch_source, g_source_remove);
  g_clear_handle_id (&again_source, g_source_remove);
  watch_close (&watch);
}

static void
prepare_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  watch_system (&watch, MAX_WATCHED);
  g_task_return_boolean (task, TRUE);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer data)
{
  preparing = FALSE;
  if (views->len == 0) {
    stop ();
    return;
  }
  watch_source = g_unix_fd_add (watch.fd, G_IO_IN, on_watch, NULL);
  refresh_all (REFRESH_MS); /* the host may have changed meanwhile */
}

/* Has an open view look again whenever the host has changed. */
void
view_refresh_follow (DmcView *self)
{
  if (!self->reduced)
    return;
  if (views == NULL)
    views = g_ptr_array_new ();
  g_ptr_array_add (views, self);
  if (watch.fd < 0 && watch_open (&watch) == 0) {
    g_autoptr (GTask) task = g_task_new (NULL, NULL, on_prepared, NULL);

    preparing = TRUE;
    g_task_set_source_tag (task, view_refresh_follow);
    g_task_run_in_thread (task, prepare_in_thread);
  }
}

void
view_refresh_leave (DmcView *self)
{
  if (views != NULL && g_ptr_array_remove_fast (views, self) && views->len == 0 && watch.fd >= 0 && !preparing)
    stop ();
}

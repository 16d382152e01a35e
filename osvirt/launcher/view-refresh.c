/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-view"

#include <glib-unix.h>

#include "launcher/view-private.h"
#include "launcher/watch.h"

/* Without the helper, which does it for its views, one process watches the host for all of its own. */

enum {
  MAX_WATCHED = 4096, /* of the user's, who may have few */
  REFRESH_MS = 500,   /* it costs views what they have looked up */
};

static GPtrArray *views; /* of DmcView, not owned */
static struct watch watch = { .fd = -1 };
static gboolean preparing, changed;
static guint watch_source, pause_source;

static void
ignore (void *data, const char *path, bool came)
{
}

static gboolean on_pause_over (gpointer data);

static void
refresh_all (void)
{
  const struct init_message message = { .verb = INIT_REFRESH };

  changed = FALSE;
  for (guint i = 0; i < views->len; i++)
    view_send (g_ptr_array_index (views, i), &message, sizeof message, NULL, 0);
  pause_source = g_timeout_add (REFRESH_MS, on_pause_over, NULL);
}

static gboolean
on_pause_over (gpointer data)
{
  pause_source = 0;
  if (changed)
    refresh_all ();
  return G_SOURCE_REMOVE;
}

static gboolean
on_watch (int fd, GIOCondition condition, gpointer data)
{
  changed = watch_hear (&watch, ignore, NULL) || changed;
  if (changed && pause_source == 0)
    refresh_all ();
  return G_SOURCE_CONTINUE;
}

static void
stop (void)
{
  g_clear_handle_id (&watch_source, g_source_remove);
  g_clear_handle_id (&pause_source, g_source_remove);
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
  refresh_all (); /* the host may have changed meanwhile */
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

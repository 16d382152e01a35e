/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches the folders with menu entries by inotify itself: GLib's monitor asks for those that are not there yet again and again, and
 * follows the workspace's links out of it. A watch keeps no mount busy. */
#include "agent/app-watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/package-work.h"
#include "agent/workspace-apps.h"

#define SUFFIX ".desktop"
/* An installation by hand writes many; they are told together. */
#define SETTLE_MS 1000
#define MAX_DEPTH   3 /* as the catalogue reads */
#define MAX_FOLDERS 256
#define OF_ENTRIES  (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_ONLYDIR)
#define OF_PARENT   (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)

struct AppWatch {
  AgentWorkspace *workspace;
  AppWatchFunc changed;
  gpointer user_data;
  int inotify;
  guint source, settle, later;
  int newest;      /* the last watch of a folder with entries; later ones have greater numbers */
  gboolean named;  /* an entry has come or gone */
  gboolean others; /* folders have, and not by an installation of ours, which tells by itself at its end */
  gboolean ended;
};

/* What is watched, by a thread: media may be slow. */
typedef struct {
  RootDir root;
  int inotify, newest;
  guint folders;
  gboolean isolated;
} Arming;

static void
arming_free (Arming *self)
{
  workspace_apps_root_close (&self->root);
  close (self->inotify);
  g_free (self);
}

static void
watch_folder (Arming *self, int fd, guint32 mask)
{
  char path[32];
  int number;

  g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  number = inotify_add_watch (self->inotify, path, mask);
  if (mask == OF_ENTRIES)
    self->newest = MAX (self->newest, number);
}

static void
watch_entries (Arming *self, const RootDir *root, const char *path, guint depth)
{
  int fd = root_dir_open (root, path, O_RDONLY | O_DIRECTORY);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL) {
    if (fd >= 0)
      close (fd);
    return;
  }
  watch_folder (self, fd, OF_ENTRIES);
  while (depth < MAX_DEPTH && ++self->folders < MAX_FOLDERS && (entry = readdir (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, entry->d_name, NULL);

    if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
      watch_entries (self, root, child, depth + 1);
  }
  closedir (dir);
}

/* Of a folder that is not there, the nearest one above it, where it will appear. */
static void
watch_above (Arming *self, const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);
  int fd = -1;

  while ((fd = root_dir_open (&self->root, above, O_RDONLY | O_DIRECTORY)) < 0 && strlen (above) > 1) {
    char *next = g_path_get_dirname (above);

    g_free (above);
    above = next;
  }
  if (fd < 0)
    return;
  watch_folder (self, fd, OF_PARENT);
  close (fd);
}

static void
arm_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Arming *self = task_data;
  g_autofree char *own = g_build_filename (self->root.home, ".local/share/applications", NULL);
  const char *const folders[] = { own, "/usr/local/share/applications", "/usr/share/applications" };
  const RootDir host = { .fd = self->isolated ? -1 : open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC), .home_fd = -1 };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    watch_entries (self, &self->root, folders[i], 1);
    watch_above (self, folders[i]);
    if (host.fd >= 0 && i > 0)
      watch_entries (self, &host, folders[i], 1);
  }
  if (host.fd >= 0)
    close (host.fd);
  g_task_return_int (task, self->newest);
}

static void tell (AppWatch *self);

static gboolean
on_told_later (gpointer data)
{
  AppWatch *self = data;

  self->later = 0;
  tell (self);
  return G_SOURCE_REMOVE;
}

/* What is half installed is nothing to show yet. */
static void
tell (AppWatch *self)
{
  if (package_work_is_claimed (self->workspace)) {
    if (self->later == 0)
      self->later = g_timeout_add (SETTLE_MS, on_told_later, self);
    return;
  }
  self->named = FALSE;
  self->changed (self->workspace, self->user_data);
}

static void
on_armed (GObject *source, GAsyncResult *result, gpointer data)
{
  AppWatch *self = data;
  int newest = (int) g_task_propagate_int (G_TASK (result), NULL);

  /* At the first time, whoever has asked already has not seen what has come since. */
  const gboolean grown = newest > self->newest && (self->newest > 0 || (!self->ended && agent_workspace_get_catalog (self->workspace) != NULL));

  self->newest = MAX (self->newest, newest);
  self->named = self->named || (grown && self->others);
  self->others = FALSE;
  if (!self->ended && self->named)
    tell (self);
  g_rc_box_release (self);
}

static void
arm (AppWatch *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_armed, g_rc_box_acquire (self));
  Arming *arming = g_new0 (Arming, 1);

  arming->inotify = fcntl (self->inotify, F_DUPFD_CLOEXEC, 3);
  arming->isolated = workspace_file_is_isolated (agent_workspace_get_file (self->workspace));
  workspace_apps_root_open (self->workspace, &arming->root);
  g_task_set_source_tag (task, arm);
  g_task_set_task_data (task, arming, (GDestroyNotify) arming_free);
  g_task_run_in_thread (task, arm_in_thread);
}

static gboolean
on_settled (gpointer data)
{
  AppWatch *self = data;

  self->settle = 0;
  arm (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_events (int fd, GIOCondition condition, gpointer data)
{
  AppWatch *self = data;
  _Alignas (struct inotify_event) char buffer[sizeof (struct inotify_event) + 16 * (NAME_MAX + 1)];
  const gboolean busy = package_work_is_claimed (self->workspace);
  gboolean of_interest = FALSE;
  ssize_t length;

  while ((length = read (fd, buffer, sizeof buffer)) > 0)
    for (ssize_t at = 0; at < length;) {
      const struct inotify_event *event = (const struct inotify_event *) (buffer + at);
      const gboolean named = !busy && event->len > 0 && g_str_has_suffix (event->name, SUFFIX);

      self->named = self->named || named || (event->mask & IN_Q_OVERFLOW) != 0;
      self->others = self->others || !busy;
      of_interest = of_interest || named || (event->mask & (IN_ISDIR | IN_DELETE_SELF | IN_Q_OVERFLOW)) != 0;
      at += (ssize_t) (sizeof *event + event->len);
    }
  if (of_interest && self->settle == 0)
    self->settle = g_timeout_add (SETTLE_MS, on_settled, self);
  return G_SOURCE_CONTINUE;
}

/**
 * app_watch_new:
 * @workspace: an open workspace, which stays while this is
 * @changed: called some time after menu entries have come, gone or changed
 * @user_data: for @changed
 *
 * Returns: (transfer full) (nullable): %NULL where the host's inotify has no room
 */
AppWatch *
app_watch_new (AgentWorkspace *workspace, AppWatchFunc changed, gpointer user_data)
{
  int inotify = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  AppWatch *self = inotify >= 0 ? g_rc_box_new0 (AppWatch) : NULL;

  if (self == NULL) {
    g_message ("New menu entries will be seen when the list is asked for again: %s", g_strerror (errno));
    return NULL;
  }
  self->workspace = workspace;
  self->changed = changed;
  self->user_data = user_data;
  self->inotify = inotify;
  self->others = TRUE;
  self->source = g_unix_fd_add (inotify, G_IO_IN, on_events, self);
  arm (self);
  return self;
}

void
app_watch_free (AppWatch *self)
{
  self->ended = TRUE;
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->settle, g_source_remove);
  g_clear_handle_id (&self->later, g_source_remove);
  close (self->inotify);
  g_rc_box_release (self);
}

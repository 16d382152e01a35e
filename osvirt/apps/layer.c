/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apps/layer-return.h"
#include "rpc/error.h"

/* Bounds on what a hostile tree can make us do. */
#define MAX_DEPTH 64
#define MAX_FILES 1000000
#define OPAQUE    "user.overlay.opaque"

/* A walk through a layer. Paths are as the workspace sees them. */
typedef struct Walk Walk;
struct Walk {
  void (*on_folder) (Walk *walk, int folder, const char *path); /* nullable */
  FILE *files;                                                  /* takes the paths of files and links; nullable */
  guint seen;
  LayerBelow below;
  GCancellable *cancellable;
};

static void walk_folder (Walk *walk, int parent, const char *name, const char *path, guint depth);

/* A name with a line break cannot be in a list of lines; no package has one. */
static void
take_entry (Walk *walk, int folder, const struct dirent *entry, const char *path, guint depth)
{
  g_autofree char *below = g_strconcat (path, "/", entry->d_name, NULL);

  if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
    return;
  walk->seen++;
  if (entry->d_type == DT_DIR)
    walk_folder (walk, folder, entry->d_name, below, depth + 1);
  else if (walk->files != NULL && (entry->d_type == DT_REG || entry->d_type == DT_LNK) && strchr (below, '\n') == NULL)
    fprintf (walk->files, "%s\n", below);
}

/* A folder that we may not read is of nobody's app: what packages install can be read by all. */
static void
walk_folder (Walk *walk, int parent, const char *name, const char *path, guint depth)
{
  int fd = depth < MAX_DEPTH ? openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL) {
    if (fd >= 0)
      close (fd);
    return;
  }
  if (walk->on_folder != NULL)
    walk->on_folder (walk, fd, path);
  while (walk->seen < MAX_FILES && !g_cancellable_is_cancelled (walk->cancellable) && (entry = readdir (dir)) != NULL)
    take_entry (walk, fd, entry, path, depth);
  closedir (dir);
}

/* Runs @func on a layer in a thread; it closes the layer that it gets as its task's data. */
typedef struct {
  int layer;
  LayerBelow below;
} Job;

static void
run (gpointer tag, int layer, LayerBelow below, GTaskThreadFunc func, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  job->layer = fcntl (layer, F_DUPFD_CLOEXEC, 3);
  job->below = below;
  g_task_set_task_data (task, job, g_free);
  g_task_run_in_thread (task, func);
}

/* --- files ------------------------------------------------------------------------------------------------- */

static void
list_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Job *job = task_data;
  int list = memfd_create ("files", MFD_CLOEXEC);
  Walk walk = { .cancellable = cancellable, .files = list >= 0 ? fdopen (dup (list), "w") : NULL };

  if (walk.files != NULL) {
    walk_folder (&walk, job->layer, ".", "", 0);
    if (fclose (walk.files) != 0)
      walk.files = NULL;
  }
  if (walk.files == NULL || lseek (list, 0, SEEK_SET) != 0) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_RESOURCE, NULL, "There is no memory for the list of files: %s.",
                                              g_strerror (errno)));
    if (list >= 0)
      close (list);
  } else {
    g_task_return_int (task, list);
  }
  close (job->layer);
}

/**
 * layer_list_async:
 * @layer: a directory; the caller keeps its own descriptor
 * @cancellable: (nullable): to stop
 * @callback: called when it has been read
 * @user_data: for @callback
 *
 * Lists the files and links of a workspace's own layer, without what is below it.
 */
void
layer_list_async (int layer, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  run (layer_list_async, layer, LAYER_OVER_HOST, list_in_thread, cancellable, callback, user_data);
}

/* Returns: a file to close, at its beginning: an absolute path as the workspace sees it a line; or -1 */
int
layer_list_finish (GAsyncResult *result, GError **error)
{
  return (int) g_task_propagate_int (G_TASK (result), error);
}

/* --- folders that hide ------------------------------------------------------------------------------------- */

/* The kernel marks every folder that is made in a view as hiding what may be below it, "just an optimization" where there is
 * nothing (fs/overlayfs/dir.c, ovl_create_upper). On another host, or over a bundle, there may be something. */
/* Whether the folder had nothing below it. Of an isolated workspace's base we see nothing, but it has nothing here. */
static gboolean
is_alone (const Walk *walk, const char *path)
{
  static const char *const own[] = { "/opt/", "/usr/local/", "/var/lib/domicile" };
  struct stat info;

  if (walk->below != LAYER_OVER_BASE)
    return fstatat (AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_str_has_prefix (path, own[i]))
      return TRUE;
  return FALSE;
}

static void
unhide (Walk *walk, int folder, const char *path)
{
  char mark;

  if (fgetxattr (folder, OPAQUE, &mark, 1) != 1 || mark != 'y')
    return;
  if (*path != '\0' && is_alone (walk, path))
    fremovexattr (folder, OPAQUE);
}

/**
 * layer_unhide:
 * @layer: the upper layer of a workspace that is not open; the caller keeps its own descriptor
 * @below: what it lies over
 *
 * What layer_unhide_async() does, at once. Blocks on the medium.
 */
void
layer_unhide (int layer, LayerBelow below)
{
  Walk walk = { .on_folder = unhide, .below = below };

  if (below != LAYER_OVER_BASE)
    layer_return (layer, below == LAYER_OVER_FOLDERS);
  walk_folder (&walk, layer, ".", "", 0);
}

static void
unhide_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Job *job = task_data;

  layer_unhide (job->layer, job->below);
  close (job->layer);
  g_task_return_boolean (task, TRUE);
}

/**
 * layer_unhide_async:
 * @layer: the upper layer of a workspace that is not open; the caller keeps its own descriptor
 * @below: what it lies over
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Takes the mark of hiding from folders that had nothing below them on this host. One that replaces a folder of the host keeps
 * it: it was emptied on purpose. Before that, layer_return() where the host is below.
 */
void
layer_unhide_async (int layer, LayerBelow below, GAsyncReadyCallback callback, gpointer user_data)
{
  run (layer_unhide_async, layer, below, unhide_in_thread, NULL, callback, user_data);
}

void
layer_unhide_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

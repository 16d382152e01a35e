/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "apps/layer-return.h"

#define UPPER     "layers/root/upper" /* below a vault */
#define OPAQUE    "user.overlay.opaque"
/* Bounds on what a hostile tree can make us do. */
#define MAX_DEPTH 64
#define MAX_FILES 1000000

/**
 * layer_open:
 * @vault: the root directory of a workspace's vault; the caller keeps its own descriptor
 *
 * Returns: the upper layer of the workspace's root, to close; or -1
 */
int
layer_open (int vault)
{
  return openat (vault, UPPER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A walk through a layer. Paths are as the workspace sees them. */
typedef struct Walk Walk;
struct Walk {
  void (*on_folder) (Walk *walk, int folder, const char *path); /* nullable */
  FILE *list;                                                   /* takes the paths of files, links and folders; nullable */
  guint seen;
  LayerBelow below;
};

static void walk_folder (Walk *walk, int parent, const char *name, const char *path, guint depth);

/* A name with a line break cannot be in a list of lines; no package has one. */
static void
note (Walk *walk, const char *path, const char *end)
{
  if (walk->list != NULL && strchr (path, '\n') == NULL)
    fprintf (walk->list, "%s%s\n", path, end);
}

static void
take_entry (Walk *walk, int folder, const struct dirent *entry, const char *path, guint depth)
{
  g_autofree char *below = g_strconcat (path, "/", entry->d_name, NULL);

  if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
    return;
  walk->seen++;
  if (entry->d_type == DT_DIR)
    walk_folder (walk, folder, entry->d_name, below, depth + 1);
  else if (entry->d_type == DT_REG || entry->d_type == DT_LNK)
    note (walk, below, "");
}

static void
walk_folder (Walk *walk, int parent, const char *name, const char *path, guint depth)
{
  int fd = depth < MAX_DEPTH ? openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL) {
    note (walk, path, LAYER_CLOSED_FOLDER);
    if (fd >= 0)
      close (fd);
    return;
  }
  note (walk, path, LAYER_FOLDER);
  if (walk->on_folder != NULL)
    walk->on_folder (walk, fd, path);
  while (walk->seen < MAX_FILES && (entry = readdir (dir)) != NULL)
    take_entry (walk, fd, entry, path, depth);
  closedir (dir);
}

/* Runs @func on a layer in a thread; it closes what it gets as its task's data before it returns: whoever is told then may close
 * the vault, in which nothing may be open. */
typedef struct {
  int layer;
  int list; /* -1 */
  LayerBelow below;
} Job;

static void
run (gpointer tag, const Job *job, GTaskThreadFunc func, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Job *own = g_new0 (Job, 1);

  own->layer = fcntl (job->layer, F_DUPFD_CLOEXEC, 3);
  own->list = job->list >= 0 ? fcntl (job->list, F_DUPFD_CLOEXEC, 3) : -1;
  own->below = job->below;
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, own, g_free);
  g_task_run_in_thread (task, func);
}

/* --- what is in it ----------------------------------------------------------------------------------------- */

static void
list_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Job *job = task_data;
  Walk walk = { .list = fdopen (job->list, "w") };
  gboolean done = FALSE;

  if (walk.list != NULL) {
    walk_folder (&walk, job->layer, ".", "", 0);
    fputs (LAYER_LIST_END "\n", walk.list);
    done = fclose (walk.list) == 0;
  } else if (job->list >= 0) {
    close (job->list);
  }
  close (job->layer);
  g_task_return_boolean (task, done);
}

/**
 * layer_list_async:
 * @layer: a directory; the caller keeps its own descriptor
 * @list: where the list goes, a pipe too; the caller keeps its own descriptor
 * @callback: called when it has been written, or nobody reads it any more
 * @user_data: for @callback
 *
 * Lists a workspace's own layer, without what is below it: an absolute path as the workspace sees it a line. A folder ends with
 * %LAYER_FOLDER, or, where we may not see what is in it, with %LAYER_CLOSED_FOLDER. The last line is %LAYER_LIST_END; where it is
 * missing, so is something else.
 */
void
layer_list_async (int layer, int list, GAsyncReadyCallback callback, gpointer user_data)
{
  run (layer_list_async, &(Job){ .layer = layer, .list = list }, list_in_thread, callback, user_data);
}

/* Returns: whether all of it has been written */
gboolean
layer_list_finish (GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
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
  run (layer_unhide_async, &(Job){ .layer = layer, .list = -1, .below = below }, unhide_in_thread, callback, user_data);
}

void
layer_unhide_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

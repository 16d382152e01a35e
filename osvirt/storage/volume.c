/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The volumes of the host, as GIO sees them: GUnixMounts for what is mounted (which needs no bus), and
 * GVolumeMonitor for names and for media that wait to be mounted. */
#include "storage/volume.h"

#include <gio/gunixmounts.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "storage/block-device.h"

Volume *
volume_copy (const Volume *self)
{
  Volume *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->label = g_strdup (self->label);
  copy->device = g_strdup (self->device);
  copy->filesystem = g_strdup (self->filesystem);
  copy->path = g_strdup (self->path);
  return copy;
}

void
volume_free (Volume *self)
{
  g_free (self->id);
  g_free (self->label);
  g_free (self->device);
  g_free (self->filesystem);
  g_free (self->path);
  g_free (self);
}

static gboolean
can_carry (GUnixMountEntry *mount)
{
  static const char *const fixed[] = { "squashfs", "erofs", "iso9660", "udf", NULL };
  const char *path = g_unix_mount_get_mount_path (mount);

  return g_str_has_prefix (g_unix_mount_get_device_path (mount), "/dev/") &&
         !g_strv_contains (fixed, g_unix_mount_get_fs_type (mount)) &&
         !g_str_has_prefix (path, "/boot") && g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* Of several mounts of one device the user means the whole file system, and then the shortest path. */
static gboolean
is_better (GUnixMountEntry *mount, GUnixMountEntry *than)
{
  gboolean whole = g_strcmp0 (g_unix_mount_get_root_path (mount), "/") == 0;
  gboolean than_whole = g_strcmp0 (g_unix_mount_get_root_path (than), "/") == 0;

  if (whole != than_whole)
    return whole;
  return strlen (g_unix_mount_get_mount_path (mount)) < strlen (g_unix_mount_get_mount_path (than));
}

static GHashTable *
best_mounts (void)
{
  GHashTable *best = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_unix_mount_free);
  GList *mounts = g_unix_mounts_get (NULL);

  for (GList *l = mounts; l != NULL; l = l->next) {
    GUnixMountEntry *mount = l->data;
    const char *device = g_unix_mount_get_device_path (mount);
    GUnixMountEntry *known = g_hash_table_lookup (best, device);

    if (can_carry (mount) && (known == NULL || is_better (mount, known)))
      g_hash_table_replace (best, (char *) device, mount);
    else
      g_unix_mount_free (mount);
  }
  g_list_free (mounts);
  return best;
}

static void
measure (Volume *volume)
{
  struct statvfs info;

  if (statvfs (volume->path, &info) < 0)
    return;
  volume->size_bytes = (guint64) info.f_blocks * info.f_frsize;
  volume->free_bytes = (guint64) info.f_bavail * info.f_frsize;
  volume->read_only |= (info.f_flag & ST_RDONLY) != 0;
}

static char *
label_for (const char *device, const char *path)
{
  g_autofree char *label = block_device_label (device);

  if (label != NULL)
    return g_steal_pointer (&label);
  if (g_str_equal (path, "/"))
    return g_get_host_name ()[0] != '\0' ? g_strdup (g_get_host_name ()) : g_strdup ("/");
  return g_path_get_basename (path);
}

static Volume *
volume_from_mount (GUnixMountEntry *mount)
{
  Volume *volume = g_new0 (Volume, 1);

  volume->device = g_strdup (g_unix_mount_get_device_path (mount));
  volume->path = g_strdup (g_unix_mount_get_mount_path (mount));
  volume->filesystem = g_strdup (g_unix_mount_get_fs_type (mount));
  volume->read_only = g_unix_mount_is_readonly (mount);
  volume->id = g_path_get_basename (volume->device);
  volume->kind = block_device_kind (volume->device);
  volume->label = label_for (volume->device, volume->path);
  measure (volume);
  return volume;
}

/* A root that no block device backs (a live system's overlay, a container) still holds the home. */
static Volume *
root_volume (void)
{
  Volume *volume = g_new0 (Volume, 1);

  volume->id = g_strdup ("root");
  volume->kind = "disk";
  volume->path = g_strdup ("/");
  volume->label = label_for (NULL, "/");
  measure (volume);
  return volume;
}

static int
compare_volumes (gconstpointer a, gconstpointer b)
{
  const Volume *x = *(Volume *const *) a;
  const Volume *y = *(Volume *const *) b;

  return g_strcmp0 (x->id, y->id);
}

static gboolean
has_device (GPtrArray *volumes, const char *device)
{
  for (guint i = 0; i < volumes->len; i++)
    if (g_strcmp0 (((Volume *) g_ptr_array_index (volumes, i))->device, device) == 0)
      return TRUE;
  return FALSE;
}

/* task_data: the volumes that GVolumeMonitor knows and that are not mounted. */
static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GPtrArray *unmounted = task_data;
  g_autoptr (GPtrArray) volumes = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_free);
  g_autoptr (GHashTable) mounts = best_mounts ();
  GHashTableIter iter;
  gpointer mount;
  gboolean has_root = FALSE;

  g_hash_table_iter_init (&iter, mounts);
  while (g_hash_table_iter_next (&iter, NULL, &mount)) {
    Volume *volume = volume_from_mount (mount);
    has_root |= g_str_equal (volume->path, "/");
    g_ptr_array_add (volumes, volume);
  }
  if (!has_root)
    g_ptr_array_add (volumes, root_volume ());
  for (guint i = 0; i < unmounted->len; i++) {
    Volume *volume = g_ptr_array_index (unmounted, i);
    if (!has_device (volumes, volume->device)) {
      volume->kind = block_device_kind (volume->device);
      volume->size_bytes = block_device_size (volume->device);
      g_ptr_array_add (volumes, volume_copy (volume));
    }
  }
  g_ptr_array_sort (volumes, compare_volumes);
  g_task_return_pointer (task, g_steal_pointer (&volumes), (GDestroyNotify) g_ptr_array_unref);
}

/* GVolumeMonitor belongs to the main thread. */
static GPtrArray *
unmounted_volumes (void)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_free);
  g_autoptr (GVolumeMonitor) monitor = g_volume_monitor_get ();
  GList *volumes = g_volume_monitor_get_volumes (monitor);

  for (GList *l = volumes; l != NULL; l = l->next) {
    g_autoptr (GMount) mount = g_volume_get_mount (l->data);
    g_autofree char *device = g_volume_get_identifier (l->data, G_VOLUME_IDENTIFIER_KIND_UNIX_DEVICE);

    if (mount == NULL && device != NULL) {
      Volume *volume = g_new0 (Volume, 1);
      volume->id = g_path_get_basename (device);
      volume->label = g_volume_get_name (l->data);
      volume->device = g_steal_pointer (&device);
      g_ptr_array_add (found, volume);
    }
  }
  g_list_free_full (volumes, g_object_unref);
  return found;
}

/**
 * volume_list_read_async:
 * @cancellable: (nullable): to stop waiting
 * @callback: called when done
 * @user_data: for @callback
 *
 * Reads the volumes in a thread, for a medium that hangs must not hang us.
 */
void
volume_list_read_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, volume_list_read_async);
  g_task_set_task_data (task, unmounted_volumes (), (GDestroyNotify) g_ptr_array_unref);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, read_in_thread);
}

/**
 * volume_list_read_finish:
 * @result: from the callback
 * @error: where to leave a cancellation
 *
 * Returns: (transfer full) (element-type Volume): sorted by id
 */
GPtrArray *
volume_list_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

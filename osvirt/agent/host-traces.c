/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an open workspace can leave on a host, looked for from outside and without trusting the code that
 * should have removed it. */
#include "agent/host-traces.h"

#include <gio/gunixmounts.h>
#include <string.h>
#include <unistd.h>

#include "vault/vault.h"

static gboolean
lies_in (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void
find_mounts (GPtrArray *traces, const char *folder)
{
  GList *mounts = g_unix_mounts_get (NULL);

  for (GList *l = mounts; l != NULL; l = l->next) {
    const char *path = g_unix_mount_get_mount_path (l->data);
    if (lies_in (path, folder) || lies_in (g_unix_mount_get_device_path (l->data), folder))
      g_ptr_array_add (traces, g_strdup_printf ("mount %s", path));
  }
  g_list_free_full (mounts, (GDestroyNotify) g_unix_mount_free);
}

static void
find_loops (GPtrArray *traces, const char *folder)
{
  g_autoptr (GDir) devices = g_dir_open ("/sys/block", 0, NULL);
  const char *name;

  while (devices != NULL && (name = g_dir_read_name (devices)) != NULL) {
    g_autofree char *path = g_build_filename ("/sys/block", name, "loop/backing_file", NULL);
    g_autofree char *file = NULL;

    if (g_str_has_prefix (name, "loop") && g_file_get_contents (path, &file, NULL, NULL) &&
        lies_in (g_strchomp (file), folder))
      g_ptr_array_add (traces, g_strdup_printf ("loop device %s", name));
  }
}

/* A process that names the workspace's vault in its command: its storage daemon. */
static gboolean
serves_vault (const char *pid, const char *vault)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "cmdline", NULL);
  g_autofree char *command = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &command, &length, NULL) || length == 0)
    return FALSE;
  return g_str_has_suffix (command, "qemu-storage-daemon") &&
         memmem (command, length, vault, strlen (vault)) != NULL;
}

static void
find_processes (GPtrArray *traces, const char *folder)
{
  g_autofree char *vault = g_build_filename (folder, "vault.img", NULL);
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (processes != NULL && (name = g_dir_read_name (processes)) != NULL)
    if (g_ascii_isdigit (name[0]) && serves_vault (name, vault))
      g_ptr_array_add (traces, g_strdup_printf ("process %s", name));
}

static void
find_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const char *folder = task_data;
  GPtrArray *traces = g_ptr_array_new_with_free_func (g_free);

  find_mounts (traces, folder);
  find_loops (traces, folder);
  find_processes (traces, folder);
  if (dmc_vault_is_locked (folder))
    g_ptr_array_add (traces, g_strdup_printf ("lock on %s", folder));
  g_task_return_pointer (task, traces, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * host_traces_find_async:
 * @folder: a closed workspace's folder
 * @callback: called when done
 * @user_data: for @callback
 *
 * Looks for mounts, loop devices, storage daemons and locks of the workspace on the host.
 */
void
host_traces_find_async (const char *folder, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, host_traces_find_async);
  g_task_set_task_data (task, g_strdup (folder), g_free);
  g_task_run_in_thread (task, find_in_thread);
}

/* Returns: (transfer full) (element-type utf8): one phrase for each thing found */
GPtrArray *
host_traces_find_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

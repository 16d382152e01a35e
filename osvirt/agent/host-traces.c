/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an open workspace can leave on a host, looked for from outside and without trusting the code that
 * should have removed it. The same look before the opening tells what was there already. */
#include "agent/host-traces.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixmounts.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vault/vault.h"

struct _HostTraces {
  char *folder;
  char *id;
  char *runtime_dir; /* the agent's own */
  GStrv groups;      /* folders that hold control groups of apps */
  dev_t vault;       /* the loop device of its vault; 0: none */
  char *vault_use;   /* which of all uses of that device it is */
  GHashTable *before;
};

static gboolean
lies_in (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void
find_mounts (const HostTraces *self, GPtrArray *traces)
{
  GList *mounts = g_unix_mounts_get (NULL);

  for (GList *l = mounts; l != NULL; l = l->next) {
    const char *path = g_unix_mount_get_mount_path (l->data);
    if (lies_in (path, self->folder) || lies_in (g_unix_mount_get_device_path (l->data), self->folder))
      g_ptr_array_add (traces, g_strdup_printf ("mount %s", path));
  }
  g_list_free_full (mounts, (GDestroyNotify) g_unix_mount_free);
}

static char *
read_of_device (dev_t device, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/sys/dev/block/%u:%u/%s", major (device), minor (device), name);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strchomp (text) : NULL;
}

static void
find_loops (const HostTraces *self, GPtrArray *traces)
{
  g_autoptr (GDir) devices = g_dir_open ("/sys/block", 0, NULL);
  g_autofree char *served = self->vault != 0 ? read_of_device (self->vault, "loop/backing_file") : NULL;
  g_autofree char *use = self->vault != 0 ? read_of_device (self->vault, "diskseq") : NULL;
  const char *name;

  if (served != NULL && g_strcmp0 (use, self->vault_use) == 0)
    g_ptr_array_add (traces, g_strdup_printf ("loop device %u:%u of the vault", major (self->vault), minor (self->vault)));
  while (devices != NULL && (name = g_dir_read_name (devices)) != NULL) {
    g_autofree char *path = g_build_filename ("/sys/block", name, "loop/backing_file", NULL);
    g_autofree char *file = NULL;

    if (g_str_has_prefix (name, "loop") && g_file_get_contents (path, &file, NULL, NULL)
        && lies_in (g_strchomp (file), self->folder))
      g_ptr_array_add (traces, g_strdup_printf ("loop device %s", name));
  }
}

/* QEMU locks the image for as long as it serves it. */
static gboolean
is_served (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "vault.img", NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gboolean served = fd >= 0 && fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

  if (fd >= 0)
    close (fd);
  return served;
}

static void
find_locks (const HostTraces *self, GPtrArray *traces)
{
  if (is_served (self->folder))
    g_ptr_array_add (traces, g_strdup_printf ("storage daemon of %s/vault.img", self->folder));
  if (dmc_vault_is_locked (self->folder))
    g_ptr_array_add (traces, g_strdup_printf ("lock on %s", self->folder));
}

/* Sockets that somebody listens at: what is here for another workspace, or for another program. */
static GHashTable *
read_listening (void)
{
  enum { LISTENS = 1 << 16 }; /* __SO_ACCEPTCON */
  g_autoptr (GHashTable) listening = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (g_file_get_contents ("/proc/net/unix", &text, NULL, NULL))
    lines = g_strsplit (text, "\n", -1);
  for (gsize i = 1; lines != NULL && lines[0] != NULL && lines[i] != NULL; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], " ", 4);
    const char *path = strchr (lines[i], '/');

    if (g_strv_length (fields) == 4 && path != NULL && (g_ascii_strtoull (fields[3], NULL, 16) & LISTENS) != 0)
      g_hash_table_add (listening, g_strdup (path));
  }
  return g_steal_pointer (&listening);
}

static void
find_files (const HostTraces *self, GPtrArray *traces)
{
  g_autoptr (GHashTable) listening = read_listening ();
  g_autoptr (GDir) list = g_dir_open (self->runtime_dir, 0, NULL);
  g_autofree char *icons = g_build_filename (self->runtime_dir, "icons", self->id, NULL);
  const char *name;

  while (list != NULL && (name = g_dir_read_name (list)) != NULL) {
    g_autofree char *path = g_build_filename (self->runtime_dir, name, NULL);
    struct stat info;

    /* A library of the agent's, which asks for the user's proxy server, has dconf's folder made: it is the session's. */
    if (g_str_equal (name, "icons") || g_str_equal (name, "dconf") || lstat (path, &info) != 0 || g_hash_table_contains (listening, path))
      continue;
    g_ptr_array_add (traces, g_strdup_printf ("%s %s", S_ISSOCK (info.st_mode) ? "socket" : S_ISDIR (info.st_mode) ? "folder" : "file", path));
  }
  if (g_file_test (icons, G_FILE_TEST_EXISTS))
    g_ptr_array_add (traces, g_strdup_printf ("folder %s", icons));
}

/* One whose last process ended a moment ago waits for the guard to look again; now that the workspace is closed it can go. */
static void
find_groups (const HostTraces *self, GPtrArray *traces)
{
  g_autofree char *prefix = g_strdup_printf ("%.8s-", self->id); /* as the mediator names them */

  for (gsize i = 0; self->groups[i] != NULL; i++) {
    g_autoptr (GDir) list = g_dir_open (self->groups[i], 0, NULL);
    const char *name;

    while (list != NULL && (name = g_dir_read_name (list)) != NULL) {
      g_autofree char *path = g_build_filename (self->groups[i], name, NULL);

      if (g_str_has_prefix (name, prefix) && rmdir (path) != 0 && errno != ENOENT)
        g_ptr_array_add (traces, g_strdup_printf ("control group %s", path));
    }
  }
}

/* Returns: (transfer full) (element-type utf8): one phrase for each thing found */
static GPtrArray *
find_all (const HostTraces *self)
{
  GPtrArray *traces = g_ptr_array_new_with_free_func (g_free);

  find_mounts (self, traces);
  find_loops (self, traces);
  find_locks (self, traces);
  find_files (self, traces);
  find_groups (self, traces);
  return traces;
}

/**
 * host_traces_new:
 * @folder: a workspace's folder, which is about to be opened
 * @id: its id
 * @runtime_dir: where this agent has its sockets
 * @guard: where its apps get control groups
 *
 * Returns: (transfer full): what there is on the host now
 */
HostTraces *
host_traces_new (const char *folder, const char *id, const char *runtime_dir, AgentGuard *guard)
{
  HostTraces *self = g_new0 (HostTraces, 1);
  g_autoptr (GPtrArray) found = NULL;

  self->folder = g_strdup (folder);
  self->id = g_strdup (id);
  self->runtime_dir = g_strdup (runtime_dir);
  self->groups = agent_guard_list_folders (guard);
  self->before = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  found = find_all (self);
  g_ptr_array_set_free_func (found, NULL);
  for (guint i = 0; i < found->len; i++)
    g_hash_table_add (self->before, g_ptr_array_index (found, i));
  return self;
}

void
host_traces_free (HostTraces *self)
{
  g_free (self->folder);
  g_free (self->id);
  g_free (self->runtime_dir);
  g_free (self->vault_use);
  g_strfreev (self->groups);
  g_hash_table_unref (self->before);
  g_free (self);
}

/* @root: the root directory of the workspace's encrypted vault, now that it is open */
void
host_traces_note_vault (HostTraces *self, int root)
{
  struct stat info;

  if (fstat (root, &info) != 0 || major (info.st_dev) == 0)
    return;
  self->vault = info.st_dev;
  g_free (self->vault_use);
  self->vault_use = read_of_device (info.st_dev, "diskseq");
}

static void
find_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const HostTraces *self = task_data;
  g_autoptr (GPtrArray) found = find_all (self);
  GPtrArray *traces = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < found->len; i++)
    if (!g_hash_table_contains (self->before, g_ptr_array_index (found, i)))
      g_ptr_array_add (traces, g_strdup (g_ptr_array_index (found, i)));
  g_task_return_pointer (task, traces, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * host_traces_find_async:
 * @self: (transfer full): of a workspace that is closed now
 * @callback: called when done
 * @user_data: for @callback
 *
 * Looks for mounts, loop devices, storage daemons, locks, sockets, files and control groups that were not there before.
 */
void
host_traces_find_async (HostTraces *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, host_traces_find_async);
  g_task_set_task_data (task, self, (GDestroyNotify) host_traces_free);
  g_task_run_in_thread (task, find_in_thread);
}

/* Returns: (transfer full) (element-type utf8): one phrase for each thing found */
GPtrArray *
host_traces_find_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

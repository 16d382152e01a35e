/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-create.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "agent/base-system.h"
#include "agent/steps.h"
#include "rpc/error.h"
#include "storage/remove-tree.h"
#include "vault/vault.h"

/* Below this ext4 has no room for its journal and the LUKS header none for its key slots. */
#define MIN_VAULT_BYTES (32 * 1024 * 1024)
/* The base system of an isolated workspace, and a little to work with. */
#define MIN_ISOLATED_BYTES (384 * 1024 * 1024)
/* A folder with a little room left for its description and its logs. */
#define MIN_FREE_BYTES (1024 * 1024)
#define FAT_MAX_FILE   ((guint64) G_MAXUINT32)
#define NTFS3_MAGIC    0x7366746e

typedef struct {
  AgentStore *store;
  DmcHelper *helper; /* isolated only */
  char *path;
  WorkspaceFile *file;
  char *user;
  DmcPassphrase *passphrase;
  DmcJob *job;
  char *base;      /* isolated only: the image of its base system, */
  DmcVault *vault; /* and where it goes, while it is copied */
  double from, until; /* the part of the job that goes on */
} Creating;

static void
creating_free (Creating *self)
{
  g_object_unref (self->store);
  g_clear_pointer (&self->helper, dmc_helper_unref);
  g_free (self->path);
  workspace_file_free (self->file);
  g_free (self->user);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
  g_object_unref (self->job);
  g_free (self->base);
  g_clear_object (&self->vault);
  g_free (self);
}

/* --- what can be said before anything is made ------------------------------------------------------ */

static gboolean
is_clean (const char *path)
{
  for (const char *p = path; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/**
 * workspace_path_check:
 * @path: a path from a client
 * @error: where to leave %DMC_ERROR_PARAMS
 *
 * Returns: (transfer full): the same path without "." and "..", without a slash at its end, if it can be
 *   a workspace's folder
 */
char *
workspace_path_check (const char *path, GError **error)
{
  g_autofree char *plain = g_path_is_absolute (path) && is_clean (path) ? g_canonicalize_filename (path, "/") : NULL;
  g_autofree char *base = plain != NULL ? g_path_get_basename (plain) : NULL;

  if (base != NULL && g_str_has_suffix (base, WORKSPACE_SUFFIX) && base[0] != '.' && strlen (base) <= NAME_MAX)
    return g_steal_pointer (&plain);
  g_propagate_error (error, dmc_error_new_param ("path",
                                                 "Give the absolute path of the workspace's own folder, such as "
                                                 "/media/me/stick/work" WORKSPACE_SUFFIX ".",
                                                 "is not a workspace's folder"));
  return NULL;
}

static gboolean
fail_errno (GError **error, int saved, const char *folder)
{
  DmcError code = saved == ENOENT || saved == ENOTDIR  ? DMC_ERROR_NOT_FOUND
                  : saved == EACCES || saved == EPERM ? DMC_ERROR_DENIED
                  : saved == EEXIST                   ? DMC_ERROR_EXISTS
                                                      : DMC_ERROR_IO;
  const char *hint = code == DMC_ERROR_NOT_FOUND ? "Make the folder above it first, or attach the medium."
                     : code == DMC_ERROR_EXISTS  ? "Choose another name, or open what is there."
                                                 : "Choose a folder that you may write to.";

  g_propagate_error (error, dmc_error_new (code, hint, "The workspace cannot be made in “%s”: %s.", folder,
                                           g_strerror (saved)));
  return FALSE;
}

static gboolean
no_room (GError **error, guint64 wanted, guint64 limit, const char *whose)
{
  g_autofree char *wanted_text = g_format_size (wanted);
  g_autofree char *limit_text = g_format_size (limit);

  g_propagate_error (error, dmc_error_new (DMC_ERROR_RESOURCE, "Choose a smaller size or another medium.",
                                           "%s are wanted, and %s %s.", wanted_text, whose, limit_text));
  dmc_error_set_data (*error, "resource", json_node_init_string (json_node_alloc (), "disk"));
  dmc_error_set_data (*error, "limit", json_node_init_int (json_node_alloc (), (gint64) limit));
  return FALSE;
}

static gboolean
unsuited (GError **error, const char *filesystem)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Choose an encrypted vault, which is one file.",
                                           "A medium with the %s file system cannot hold a workspace's plain files.",
                                           filesystem));
  dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), "vault-luks"));
  return FALSE;
}

/* Plain files need owners, modes and attributes; one large file needs none of them. */
static gboolean
check_filesystem (const char *parent, const WorkspaceFile *file, GError **error)
{
  gboolean plain = g_str_equal (file->vault, "none");
  struct statfs info;

  if (statfs (parent, &info) < 0)
    return fail_errno (error, errno, parent);
  switch ((guint32) info.f_type) {
  case MSDOS_SUPER_MAGIC:
    if (!plain && (guint64) file->size_bytes > FAT_MAX_FILE)
      return no_room (error, (guint64) file->size_bytes, FAT_MAX_FILE, "the largest file of a FAT file system is");
    return !plain || unsuited (error, "FAT");
  case EXFAT_SUPER_MAGIC:
    return !plain || unsuited (error, "exFAT");
  case NTFS3_MAGIC:
    return !plain || unsuited (error, "NTFS");
  default:
    return TRUE;
  }
}

static gboolean
check_size (const char *parent, const WorkspaceFile *file, GError **error)
{
  guint64 wanted = (guint64) file->size_bytes;
  gboolean isolated = workspace_file_is_isolated (file);
  guint64 least = isolated ? MIN_ISOLATED_BYTES : MIN_VAULT_BYTES;
  struct statvfs info;

  if (g_str_equal (file->vault, "luks") && wanted < least) {
    g_propagate_error (error, dmc_error_new_param ("size_bytes", NULL, "an encrypted vault %sneeds at least %" G_GUINT64_FORMAT,
                                                   isolated ? "with a base system " : "", least));
    return FALSE;
  }
  if (statvfs (parent, &info) < 0)
    return fail_errno (error, errno, parent);
  guint64 free_bytes = (guint64) info.f_bavail * info.f_frsize;
  wanted = MAX (wanted, isolated ? MIN_ISOLATED_BYTES : MIN_FREE_BYTES);
  if (wanted > free_bytes)
    return no_room (error, wanted, free_bytes, "the medium's free space is");
  return TRUE;
}

/**
 * workspace_create_check:
 * @path: the folder to make, from workspace_path_check()
 * @file: what to make
 * @error: where to leave the reason
 *
 * Looks whether a workspace can be made there, as far as that can be seen before trying. Blocks on the
 * medium.
 */
gboolean
workspace_create_check (const char *path, const WorkspaceFile *file, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  struct stat info;

  if (workspace_file_is_isolated (file) && !base_system_check (error))
    return FALSE;
  if (lstat (path, &info) == 0)
    return fail_errno (error, EEXIST, path);
  if (errno != ENOENT)
    return fail_errno (error, errno, path);
  if (access (parent, W_OK | X_OK) < 0)
    return fail_errno (error, errno, parent);
  return check_filesystem (parent, file, error) && check_size (parent, file, error);
}

/* --- the steps -------------------------------------------------------------------------------------- */

static gboolean
plain_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
folder_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  GError *error = NULL;

  agent_store_begin_create (self->store, self->path);
  if (mkdir (self->path, 0700) < 0) {
    fail_errno (&error, errno, self->path);
    agent_store_end_create (self->store, self->path);
    g_task_return_error (task, error);
  } else {
    g_task_return_boolean (task, TRUE);
  }
}

static void
folder_undo (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;

  remove_tree_async (self->path, callback, data);
}

static gboolean
folder_undo_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Creating *self = work;

  if (!remove_tree_finish (result, error))
    return FALSE;
  agent_store_end_create (self->store, self->path);
  return TRUE;
}

/* One step's own progress, as a part of the job's. */
static void
on_progress (double fraction, const char *text, gpointer data)
{
  Creating *self = data;

  dmc_job_set_progress (self->job, self->from + fraction * (self->until - self->from), text);
}

#define FOLDER_UNTIL 0.02
#define VAULT_UNTIL  0.98

static void
vault_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;
  DmcVaultKind kind = DMC_VAULT_NONE;

  dmc_vault_kind_from_string (self->file->vault, &kind);
  dmc_vault_create_async (self->path, kind, (guint64) self->file->size_bytes, self->user,
                          dmc_passphrase_get_text (self->passphrase), on_progress, self, cancellable,
                          callback, data);
  if (!workspace_file_is_isolated (self->file))
    g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
}

static gboolean
vault_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return dmc_vault_create_finish (result, error);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Creating *self = task_data;
  GError *error = NULL;

  if (workspace_file_save (self->file, self->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
file_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, work, NULL);
  g_task_run_in_thread (task, save_in_thread);
}

/* --- the base system of an isolated workspace ------------------------------------------------------------- */

#define BASE_UNTIL  0.7
#define SPACE_UNTIL 0.8

static void
base_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;

  self->from = 0;
  self->until = BASE_UNTIL;
  base_system_make_async (on_progress, self, cancellable, callback, data);
}

static gboolean
base_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Creating *self = work;

  self->base = base_system_make_finish (result, error);
  self->from = BASE_UNTIL;
  self->until = SPACE_UNTIL;
  return self->base != NULL;
}

static void
unlock_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;
  DmcVaultKind kind = DMC_VAULT_NONE;

  dmc_vault_kind_from_string (self->file->vault, &kind);
  dmc_vault_open_async (self->path, kind, self->helper, self->user, dmc_passphrase_get_text (self->passphrase), NULL, NULL,
                        cancellable, callback, data);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
}

static gboolean
unlock_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Creating *self = work;

  self->vault = dmc_vault_open_finish (result, error);
  return self->vault != NULL;
}

static void
copy_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;

  base_system_copy_async (self->base, self->vault, cancellable, callback, data);
}

static gboolean
copy_finish (gpointer work, GAsyncResult *result, GError **error)
{
  return base_system_copy_finish (result, error);
}

/* Also when something failed while it was open, or after it was closed. */
static void
lock_start (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Creating *self = work;

  if (self->vault != NULL) {
    dmc_vault_close_async (self->vault, NULL, callback, data);
    return;
  }
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  g_task_return_boolean (task, TRUE);
}

static gboolean
lock_finish (gpointer work, GAsyncResult *result, GError **error)
{
  Creating *self = work;
  gboolean ok = self->vault != NULL ? dmc_vault_close_finish (self->vault, result, error)
                                    : g_task_propagate_boolean (G_TASK (result), error);

  g_clear_object (&self->vault);
  return ok;
}

/* The base comes first, because it is what most often fails; nothing is on the medium then. */
static const Step creating_isolated_steps[] = {
  { "Making the base system", BASE_UNTIL, base_start, base_finish, NULL, NULL },
  { "Making the folder", BASE_UNTIL, folder_start, plain_finish, folder_undo, folder_undo_finish },
  { "Making the vault", SPACE_UNTIL, vault_start, vault_finish, NULL, NULL },
  { "Unlocking the vault", 0.85, unlock_start, unlock_finish, lock_start, lock_finish },
  { "Copying the base system", 0.97, copy_start, copy_finish, NULL, NULL },
  { "Locking the vault", 0.99, lock_start, lock_finish, NULL, NULL },
  { "Writing the description", 1.0, file_start, plain_finish, NULL, NULL },
};

/* The description comes last: a folder without one is no workspace, so nobody opens half of one. */
static const Step creating_steps[] = {
  { "Making the folder", FOLDER_UNTIL, folder_start, plain_finish, folder_undo, folder_undo_finish },
  { "Making the vault", VAULT_UNTIL, vault_start, vault_finish, NULL, NULL },
  { "Writing the description", 1.0, file_start, plain_finish, NULL, NULL },
};

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  Creating *self = data;
  g_autoptr (GError) error = NULL;

  if (steps_run_finish (result, &error)) {
    AgentWorkspace *workspace = agent_store_adopt (self->store, self->path, self->file);
    agent_store_end_create (self->store, self->path);
    dmc_job_done (self->job, agent_workspace_to_json (workspace));
  } else {
    dmc_job_fail (self->job, g_steal_pointer (&error));
  }
  creating_free (self);
}

/**
 * workspace_create:
 * @store: gets the new workspace
 * @helper: (transfer full) (nullable): a fresh connection, for an isolated workspace
 * @path: the folder to make
 * @file: what to make; copied
 * @user: whose it is
 * @passphrase: what opens it
 * @job: ends with the Workspace object, or with the reason why there is none
 *
 * Makes a workspace. When it fails or is cancelled, nothing is left of it.
 */
void
workspace_create (AgentStore *store, DmcHelper *helper, const char *path, const WorkspaceFile *file, const char *user,
                  DmcPassphrase *passphrase, DmcJob *job)
{
  Creating *self = g_new0 (Creating, 1);
  gboolean isolated = workspace_file_is_isolated (file);

  self->store = g_object_ref (store);
  self->helper = helper;
  self->path = g_strdup (path);
  self->file = workspace_file_copy (file);
  self->user = g_strdup (user);
  self->passphrase = dmc_passphrase_ref (passphrase);
  self->job = g_object_ref (job);
  self->from = FOLDER_UNTIL;
  self->until = VAULT_UNTIL;
  if (isolated) {
    g_clear_pointer (&self->file->base, host_fingerprint_free);
    self->file->base = base_system_fingerprint ();
  }
  steps_run_async (isolated ? creating_isolated_steps : creating_steps,
                   isolated ? G_N_ELEMENTS (creating_isolated_steps) : G_N_ELEMENTS (creating_steps), self, job,
                   dmc_job_get_cancellable (job), on_created, self);
}

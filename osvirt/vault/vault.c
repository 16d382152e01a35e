/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-vault"

#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <glib-unix.h>

#include "launcher/wire.h"
#include "rpc/error.h"
#include "vault/login.h"
#include "vault/luks.h"
#include "vault/plain-probe.h"
#include "vault/secret.h"

struct _DmcVault {
  GObject parent_instance;

  DmcVaultKind kind;
  DmcHelper   *helper;
  int          folder; /* holds the lock */
  int          root;
  char        *path;
  Luks         luks;
  GSource     *watch; /* of the keeper's word, while it is open */
  char        *ended; /* the program that did so by itself */
};

G_DEFINE_FINAL_TYPE (DmcVault, dmc_vault, G_TYPE_OBJECT)

static guint ended_signal;

/* What a worker thread is given. */
typedef struct {
  char            *folder;
  DmcVaultKind     kind;
  guint64          size_bytes;
  DmcHelper       *helper;
  Secret          *secret;
  Secret          *fresh;  /* what it is to become, where that changes */
  GMainContext    *context;
  DmcVaultProgress progress;
  gpointer         progress_data;
} Work;

static void
work_free (Work *work)
{
  g_free (work->folder);
  g_clear_pointer (&work->helper, dmc_helper_unref);
  g_clear_pointer (&work->secret, secret_free);
  g_clear_pointer (&work->fresh, secret_free);
  g_main_context_unref (work->context);
  g_free (work);
}

static Work *
work_new (const char *folder, DmcVaultKind kind, const char *user, const char *passphrase, DmcVaultProgress progress,
          gpointer progress_data)
{
  Work *work = g_new0 (Work, 1);

  work->folder = g_strdup (folder);
  work->kind = kind;
  work->secret = secret_new (user, passphrase);
  work->context = g_main_context_ref_thread_default ();
  work->progress = progress;
  work->progress_data = progress_data;
  return work;
}

typedef struct {
  Work       *work;
  GTask      *task; /* keeps @work and the caller's data alive */
  double      fraction;
  const char *text;
} Report;

static gboolean
deliver (gpointer data)
{
  Report *report = data;

  if (!g_task_get_completed (report->task))
    report->work->progress (report->fraction, report->text, report->work->progress_data);
  return G_SOURCE_REMOVE;
}

static void
report_free (Report *report)
{
  g_object_unref (report->task);
  g_free (report);
}

/* @text is a literal. */
static void
report (GTask *task, double fraction, const char *text)
{
  Work *work = g_task_get_task_data (task);
  Report *told;

  if (work->progress == NULL)
    return;
  told = g_new (Report, 1);
  *told = (Report){ work, g_object_ref (task), fraction, text };
  g_main_context_invoke_full (work->context, G_PRIORITY_DEFAULT, deliver, told, (GDestroyNotify) report_free);
}

static void
on_keeper_ended (GPid pid, int status, gpointer data)
{
  g_spawn_close_pid (pid);
}

static void
stop_watching (DmcVault *self)
{
  if (self->watch != NULL)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}

static void
dmc_vault_finalize (GObject *object)
{
  DmcVault *self = DMC_VAULT (object);

  stop_watching (self);
  g_free (self->ended);
  if (self->root >= 0)
    close (self->root);
  wire_close_fds (self->luks.namespaces, 2);
  if (self->luks.socket >= 0) {
    close (self->luks.socket); /* the keeper writes back and ends by itself */
    g_child_watch_add (self->luks.keeper, on_keeper_ended, NULL);
  }
  if (self->folder >= 0)
    close (self->folder);
  g_clear_pointer (&self->helper, dmc_helper_unref);
  g_free (self->path);
  G_OBJECT_CLASS (dmc_vault_parent_class)->finalize (object);
}

static void
dmc_vault_class_init (DmcVaultClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_vault_finalize;
  ended_signal = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dmc_vault_init (DmcVault *self)
{
  self->folder = self->root = self->luks.socket = -1;
  self->luks.namespaces[0] = self->luks.namespaces[1] = -1;
}

/* --- the folder and its lock --- */

static GError *
open_error (const char *folder)
{
  return dmc_error_new (errno == ENOENT || errno == ENOTDIR ? DMC_ERROR_NOT_FOUND : DMC_ERROR_IO, NULL,
                        "The workspace folder %s cannot be opened: %s.", folder, g_strerror (errno));
}

/* The folder itself is locked: it is there whatever its files go through, and the kernel drops the lock with the process. */
static int
lock_folder (const char *folder, GError **error)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0) {
    g_propagate_error (error, open_error (folder));
    return -1;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  close (fd);
  g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Close it where it is open, then try again.",
                                           "The workspace is open already."));
  if (error != NULL)
    dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), "open"));
  return -1;
}

gboolean
dmc_vault_is_locked (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean locked = fd >= 0 && flock (fd, LOCK_SH | LOCK_NB) != 0;

  if (fd >= 0)
    close (fd);
  return locked;
}

static GError *
directory_error (const char *path)
{
  const gboolean damaged = errno == EBADMSG || errno == EUCLEAN || errno == EIO || errno == ENOTDIR;

  return dmc_error_new (errno == ENOSPC || errno == EDQUOT ? DMC_ERROR_RESOURCE : damaged ? DMC_ERROR_INTEGRITY : DMC_ERROR_IO,
                        errno == ENOSPC || errno == EDQUOT ? "Free some space on the medium."
                        : damaged ? "Open it again, which checks its file system; what stays damaged is to be restored from a copy."
                                  : "Check that the medium is writable.",
                        "%s cannot be made in the workspace: %s.", path, g_strerror (errno));
}

static gboolean
make_directories (int root, GError **error)
{
  static const struct {
    const char *path;
    mode_t      mode;
  } parts[] = {
    { "home", 0700 },  { "layers", 0755 }, { "layers/root", 0755 }, { "layers/root/upper", 0755 },
    { "layers/root/work", 0755 }, { "apps", 0700 }, { "registry", 0700 }, { "state", 0700 }, { "log", 0700 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (mkdirat (root, parts[i].path, parts[i].mode) != 0 && errno != EEXIST) {
      g_propagate_error (error, directory_error (parts[i].path));
      return FALSE;
    }
  return TRUE;
}

/* --- create --- */

/* Takes back what make_directories() and login_write() made in a folder that had nothing of it. */
static void
remove_directories (int folder)
{
  static const char *const parts[] = { "log", "registry", "apps", "layers/root/work", "layers/root/upper", "layers/root",
                                       "layers", "home" };

  unlinkat (folder, "state/login", 0);
  unlinkat (folder, "state", AT_REMOVEDIR);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    unlinkat (folder, parts[i], AT_REMOVEDIR);
}

static gboolean
create_plain (int folder, Work *work, GError **error)
{
  struct stat info;

  if (fstatat (folder, "state", &info, AT_SYMLINK_NOFOLLOW) == 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_EXISTS, NULL, "The folder holds a workspace already."));
    return FALSE;
  }
  if (plain_probe (folder, error) && make_directories (folder, error) && login_write (folder, work->secret, error))
    return TRUE;
  remove_directories (folder);
  return FALSE;
}

static void
create_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;
  int folder = lock_folder (work->folder, &error);
  gboolean done = FALSE;

  if (folder >= 0) {
    report (task, 0.1, work->kind == DMC_VAULT_LUKS ? "Making the encrypted vault" : "Making the workspace");
    done = work->kind == DMC_VAULT_LUKS
               ? luks_create (folder, work->size_bytes, work->secret, cancellable, &error)
               : create_plain (folder, work, &error);
    close (folder);
  }
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
dmc_vault_create_async (const char *folder, DmcVaultKind kind, guint64 size_bytes, const char *user,
                        const char *passphrase, DmcVaultProgress progress, gpointer progress_data,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Work *work = work_new (folder, kind, user, passphrase, progress, progress_data);

  work->size_bytes = size_bytes;
  g_task_set_source_tag (task, dmc_vault_create_async);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_set_check_cancellable (task, FALSE); /* what was finished before the cancel came is told as finished */
  g_task_run_in_thread (task, create_in_thread);
}

gboolean
dmc_vault_create_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- another passphrase --- */

static void
rekey_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;
  int folder = lock_folder (work->folder, &error);
  gboolean done = FALSE;

  if (folder >= 0) {
    done = work->kind == DMC_VAULT_LUKS
               ? luks_rekey (folder, work->secret, work->fresh, &error)
               : login_check (folder, work->secret, &error) && login_replace (folder, work->fresh, &error);
    close (folder);
  }
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
dmc_vault_rekey_async (const char *folder, DmcVaultKind kind, const char *user, const char *passphrase,
                       const char *new_passphrase, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Work *work = work_new (folder, kind, user, passphrase, NULL, NULL);

  work->fresh = secret_new (user, new_passphrase);
  g_task_set_source_tag (task, dmc_vault_rekey_async);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, rekey_in_thread);
}

gboolean
dmc_vault_rekey_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- open --- */

static gboolean
open_storage (DmcVault *self, Work *work, GCancellable *cancellable, GError **error)
{
  if (self->kind == DMC_VAULT_LUKS)
    self->root = luks_open (&self->luks, self->folder, work->helper, work->secret, cancellable, error);
  else if (login_check (self->folder, work->secret, error) && plain_probe (self->folder, error))
    /* No duplicate: the helper gets this one, and a duplicate would hold the lock until the helper lets go of it. */
    self->root = openat (self->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->root < 0)
    return FALSE;
  self->path = g_strdup_printf ("/proc/self/fd/%d", self->root);
  return make_directories (self->root, error);
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;
  g_autoptr (DmcVault) self = g_object_new (DMC_TYPE_VAULT, NULL);

  self->kind = work->kind;
  self->helper = work->helper != NULL ? dmc_helper_ref (work->helper) : NULL;
  self->folder = lock_folder (work->folder, &error);
  if (self->folder >= 0)
    report (task, 0.1, "Checking the passphrase");
  if (self->folder >= 0 && open_storage (self, work, cancellable, &error))
    g_task_return_pointer (task, g_steal_pointer (&self), g_object_unref);
  else
    g_task_return_error (task, error);
}

void
dmc_vault_open_async (const char *folder, DmcVaultKind kind, DmcHelper *helper, const char *user, const char *passphrase,
                      DmcVaultProgress progress, gpointer progress_data, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Work *work = work_new (folder, kind, user, passphrase, progress, progress_data);

  work->helper = helper != NULL ? dmc_helper_ref (helper) : NULL;
  g_task_set_source_tag (task, dmc_vault_open_async);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, open_in_thread);
}

static gboolean
on_keeper_speaks (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (DmcVault) self = g_object_ref (data);
  char name[64];

  luks_get_ended (&self->luks, name, sizeof name);
  stop_watching (self);
  self->ended = g_strdup (name);
  g_signal_emit (self, ended_signal, 0);
  return G_SOURCE_REMOVE;
}

/* It says nothing unasked but that it is over. */
static void
watch_keeper (DmcVault *self)
{
  self->watch = g_unix_fd_source_new (self->luks.socket, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (on_keeper_speaks), self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

DmcVault *
dmc_vault_open_finish (GAsyncResult *result, GError **error)
{
  DmcVault *self = g_task_propagate_pointer (G_TASK (result), error);

  if (self != NULL && self->luks.socket >= 0)
    watch_keeper (self);
  return self;
}

/* --- close --- */

static void
close_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  DmcVault *self = source;
  GError *error = NULL;

  if (self->root >= 0 && syncfs (self->root) != 0)
    error = dmc_error_new (DMC_ERROR_IO, NULL, "Not everything could be written to the workspace: %s.", g_strerror (errno));
  if (self->root >= 0)
    close (self->root);
  self->root = -1;
  /* What could not be written will not be, so that goes on; what is in use still is kept. */
  if (self->luks.socket >= 0)
    luks_close (&self->luks, self->helper, error == NULL ? &error : NULL);
  if (self->luks.socket >= 0) {
    g_task_return_error (task, error);
    return;
  }
  if (self->folder >= 0) {
    syncfs (self->folder);
    flock (self->folder, LOCK_UN); /* a program that is being started may have a duplicate for a moment */
    close (self->folder);
  }
  self->folder = -1;
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
dmc_vault_close_async (DmcVault *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  stop_watching (self); /* what it says now is the answer */
  g_task_set_source_tag (task, dmc_vault_close_async);
  g_task_run_in_thread (task, close_in_thread);
}

gboolean
dmc_vault_close_finish (DmcVault *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- what it is --- */

const char *
dmc_vault_kind_to_string (DmcVaultKind kind)
{
  return kind == DMC_VAULT_LUKS ? "luks" : "none";
}

gboolean
dmc_vault_kind_from_string (const char *text, DmcVaultKind *kind)
{
  *kind = g_str_equal (text, "luks") ? DMC_VAULT_LUKS : DMC_VAULT_NONE;
  return g_str_equal (text, dmc_vault_kind_to_string (*kind));
}

DmcVaultKind
dmc_vault_get_kind (DmcVault *self)
{
  return self->kind;
}

DmcHelper *
dmc_vault_get_helper (DmcVault *self)
{
  return self->helper;
}

gboolean
dmc_vault_was_mended (DmcVault *self)
{
  return self->luks.mended;
}

const char *
dmc_vault_get_ended (DmcVault *self)
{
  return self->ended;
}

int
dmc_vault_get_root_fd (DmcVault *self)
{
  return self->root;
}

const int *
dmc_vault_get_namespaces (DmcVault *self)
{
  return self->luks.namespaces[0] >= 0 ? self->luks.namespaces : NULL;
}

gboolean
dmc_vault_probe_luks (GError **error)
{
  return luks_probe (error);
}

const char *
dmc_vault_get_path (DmcVault *self)
{
  return self->path;
}

gboolean
dmc_vault_get_usage (DmcVault *self, guint64 *size, guint64 *used, GError **error)
{
  struct statvfs info;

  if (self->root < 0 || fstatvfs (self->root, &info) != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The workspace's storage does not answer: %s.",
                                             g_strerror (self->root < 0 ? EBADF : errno)));
    return FALSE;
  }
  *size = (guint64) info.f_blocks * info.f_frsize;
  *used = (guint64) (info.f_blocks - info.f_bfree) * info.f_frsize;
  return TRUE;
}

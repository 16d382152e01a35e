/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/base-system.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/wire.h"
#include "rpc/error.h"
#include "storage/copy-file.h"

/* An image that is older is made anew, so that new workspaces begin with the fixes of the time. */
#define CACHE_SECONDS (30 * 24 * 60 * 60)
#define IMAGE_FD      3

/* Releases that a base can be made of. The first serves hosts that are none of them. */
static const struct {
  const char *codename, *version, *libc;
} releases[] = {
  { "bookworm", "12", "2.36" },
  { "trixie", "13", "2.41" },
};

static guint
find_release (void)
{
  g_autofree char *codename = g_get_os_info (G_OS_INFO_KEY_VERSION_CODENAME);

  for (guint i = 0; i < G_N_ELEMENTS (releases); i++)
    if (g_strcmp0 (codename, releases[i].codename) == 0)
      return i;
  return 0;
}

static void
set_string (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

/**
 * base_system_fingerprint:
 *
 * Returns: (transfer full): what a base made on this host is
 */
HostFingerprint *
base_system_fingerprint (void)
{
  HostFingerprint *self = host_fingerprint_new ();
  guint release = find_release ();

  set_string (&self->os_id, "debian");
  set_string (&self->os_version, releases[release].version);
  set_string (&self->libc, releases[release].libc);
  return self;
}

/**
 * base_system_check:
 * @error: where to leave %DMC_ERROR_UNSUPPORTED
 *
 * Returns: whether this host has what makes a base
 */
gboolean
base_system_check (GError **error)
{
  static const char *const programs[][2] = { { "mmdebstrap", "mmdebstrap" }, { "mkfs.erofs", "erofs-utils" } };

  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++) {
    g_autofree char *path = g_find_program_in_path (programs[i][0]);
    g_autofree char *hint = g_strdup_printf ("Install the package %s.", programs[i][1]);

    if (path != NULL)
      continue;
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, hint,
                                             "The base system of an isolated workspace is made with %s, which this "
                                             "host does not have.", programs[i][0]));
    dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), programs[i][0]));
    return FALSE;
  }
  return TRUE;
}

/* --- making ------------------------------------------------------------------------------------------------ */

typedef struct {
  DmcVaultProgress progress;
  gpointer progress_data;
  GSubprocess *process;
  GDataInputStream *words;
  char *path;    /* where the image shall be */
  char *partial; /* where it is made */
  char *complaint; /* the last line that tells an error */
  gulong on_cancelled;
} Making;

static void
making_free (Making *self)
{
  if (self->partial != NULL)
    g_unlink (self->partial);
  g_clear_object (&self->process);
  g_clear_object (&self->words);
  g_free (self->path);
  g_free (self->partial);
  g_free (self->complaint);
  g_free (self);
}

/* What mmdebstrap says when a part of its work begins, and how far that is. */
static void
tell_progress (Making *self, const char *line)
{
  static const struct {
    const char *begin, *text;
    double fraction;
  } parts[] = {
    { "I: running apt-get update", "Asking for the list of packages", 0.02 },
    { "I: downloading packages", "Downloading the base system", 0.08 },
    { "I: extracting archives", "Unpacking the base system", 0.25 },
    { "I: installing essential packages", "Setting up the base system", 0.35 },
    { "I: installing remaining packages", "Setting up the base system", 0.45 },
    { "I: running --customize-hook", "Packing the base system", 0.7 },
    { "I: cleaning package lists", "Packing the base system", 0.98 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (g_str_has_prefix (line, parts[i].begin) && self->progress != NULL)
      self->progress (parts[i].fraction, parts[i].text, self->progress_data);
  if (g_str_has_prefix (line, "E: "))
    set_string (&self->complaint, line + strlen ("E: "));
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Making *self = g_task_get_task_data (task);
  GError *error = NULL;

  g_cancellable_disconnect (g_task_get_cancellable (task), self->on_cancelled);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (!g_subprocess_wait_check_finish (self->process, result, NULL))
    error = dmc_error_new (DMC_ERROR_IO, "Check that this host reaches its package source; `mmdebstrap` alone says more.",
                           "The base system could not be made: %s.",
                           self->complaint != NULL ? self->complaint : "mmdebstrap failed");
  else if (g_chmod (self->partial, 0644) != 0 || g_rename (self->partial, self->path) != 0)
    error = dmc_error_new (DMC_ERROR_IO, NULL, "The base system cannot be kept as “%s”: %s.", self->path,
                           g_strerror (errno));
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_strdup (self->path), g_free);
}

static void read_word (GTask *task);

static void
on_line (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Making *self = g_task_get_task_data (task);
  g_autofree char *line = g_data_input_stream_read_line_finish (self->words, result, NULL, NULL);

  if (line == NULL) {
    g_subprocess_wait_check_async (self->process, NULL, on_ended, task);
    return;
  }
  tell_progress (self, line);
  read_word (task);
}

static void
read_word (GTask *task)
{
  Making *self = g_task_get_task_data (task);

  g_data_input_stream_read_line_async (self->words, G_PRIORITY_DEFAULT, NULL, on_line, task);
}

/* A process group of its own, which a signal can end as a whole. */
static void
begin_group (gpointer data)
{
  setpgid (0, 0);
}

/* mmdebstrap waits for what it has started, and then removes its temporary tree; so all of them are told. */
static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  const char *pid = g_subprocess_get_identifier (data);

  if (pid != NULL)
    kill (-(pid_t) g_ascii_strtoll (pid, NULL, 10), SIGTERM);
}

/* An image of a user without privilege is written by a subordinate id, through this descriptor: the folder is closed to all
 * others, so that its mode may be open. */
static int
open_partial (Making *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  int fd = g_mkdir_with_parents (folder, 0700) == 0 && g_chmod (folder, 0700) == 0
               ? g_mkstemp_full (self->partial, O_RDWR | O_CLOEXEC, 0600) : -1;

  if (fd >= 0 && fchmod (fd, 0666) == 0)
    return fd;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The base system cannot be made in “%s”: %s.", folder,
                                           g_strerror (errno)));
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
start (Making *self, guint release, GError **error)
{
  static const char pack[] = "--customize-hook=exec mkfs.erofs -x-1 -zlz4hc --exclude-regex='^(proc|sys|dev|run|tmp)/.*' "
                             "/proc/self/fd/" G_STRINGIFY (IMAGE_FD) " \"$1\" >/dev/null";
  const char *const argv[] = {
    "mmdebstrap", "--variant=minbase", geteuid () == 0 ? "--mode=root" : "--mode=unshare", "--format=null",
    "--include=ca-certificates", pack, releases[release].codename, "-", NULL,
  };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE
                                                                         | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GError) local = NULL;
  int fd = open_partial (self, error);

  if (fd < 0)
    return FALSE;
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_take_fd (launcher, fd, IMAGE_FD);
  g_subprocess_launcher_set_child_setup (launcher, begin_group, NULL, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, &local);
  if (self->process != NULL) {
    self->words = g_data_input_stream_new (g_subprocess_get_stderr_pipe (self->process));
    return TRUE;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "mmdebstrap cannot be started: %s.", local->message));
  return FALSE;
}

static gboolean
is_fresh (const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 && S_ISREG (info.st_mode)
         && g_get_real_time () / G_USEC_PER_SEC - info.st_mtime < CACHE_SECONDS;
}

/**
 * base_system_make_async:
 * @progress: (nullable) (scope notified): told how far it is
 * @progress_data: for @progress
 * @cancellable: (nullable): cancelling ends the work and removes what was made
 * @callback: called when it is there
 * @user_data: for @callback
 *
 * Makes the image, or finds it in the cache. Without root it needs subordinate ids. Errors: DMC_ERROR_IO,
 * DMC_ERROR_CANCELLED.
 */
void
base_system_make_async (DmcVaultProgress progress, gpointer progress_data, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (HostFingerprint) host = host_fingerprint_new ();
  Making *self = g_new0 (Making, 1);
  guint release = find_release ();
  g_autofree char *name = g_strdup_printf ("debian-%s-%s.erofs", releases[release].version, host->arch);
  GError *error = NULL;

  g_task_set_source_tag (task, base_system_make_async);
  g_task_set_task_data (task, self, (GDestroyNotify) making_free);
  self->progress = progress;
  self->progress_data = progress_data;
  self->path = g_build_filename (g_get_user_cache_dir (), "domicile", "base", name, NULL);
  if (is_fresh (self->path)) {
    g_task_return_pointer (task, g_strdup (self->path), g_free);
    return;
  }
  self->partial = g_strconcat (self->path, ".XXXXXX", NULL);
  if (!start (self, release, &error)) {
    g_task_return_error (task, error);
    return;
  }
  self->on_cancelled = cancellable == NULL ? 0
                       : g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), g_object_ref (self->process),
                                                g_object_unref);
  read_word (g_steal_pointer (&task));
}

/* Returns: (transfer full): the image's path */
char *
base_system_make_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- copying ----------------------------------------------------------------------------------------------- */

typedef struct {
  char *image;
  DmcVault *vault;
} Copying;

static void
copying_free (Copying *self)
{
  g_free (self->image);
  g_object_unref (self->vault);
  g_free (self);
}

static GError *
copy_error (int code)
{
  GError *error;

  if (code == ECANCELED)
    return dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled.");
  if (code != ENOSPC && code != EDQUOT)
    return dmc_error_new (DMC_ERROR_IO, NULL, "The base system cannot be copied into the workspace: %s.",
                          g_strerror (code));
  error = dmc_error_new (DMC_ERROR_RESOURCE, "Choose a larger size or another medium.",
                         "The workspace has no room for its base system.");
  dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "disk"));
  return error;
}

static void
copy_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  static const char partial[] = BASE_IMAGE ".partial";
  Copying *self = task_data;
  int root = dmc_vault_get_root_fd (self->vault), code;
  int in = open (self->image, O_RDONLY | O_CLOEXEC);
  int out = in < 0 ? -1 : openat (root, partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

  code = in < 0 || out < 0 ? errno : copy_file (in, out, cancellable);
  if (in >= 0)
    close (in);
  if (out >= 0)
    close (out);
  if (code == 0 && renameat (root, partial, root, BASE_IMAGE) != 0)
    code = errno;
  if (code == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, copy_error (code));
}

/**
 * base_system_copy_async:
 * @image: from base_system_make_finish()
 * @vault: the open vault of the workspace that gets it
 *
 * Puts a base into a workspace. Errors: DMC_ERROR_RESOURCE, DMC_ERROR_IO, DMC_ERROR_CANCELLED.
 */
void
base_system_copy_async (const char *image, DmcVault *vault, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Copying *self = g_new0 (Copying, 1);

  self->image = g_strdup (image);
  self->vault = g_object_ref (vault);
  g_task_set_source_tag (task, base_system_copy_async);
  g_task_set_task_data (task, self, (GDestroyNotify) copying_free);
  g_task_run_in_thread (task, copy_in_thread);
}

gboolean
base_system_copy_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

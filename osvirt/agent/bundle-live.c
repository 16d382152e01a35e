/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/bundle-live.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/bundle-links.h"
#include "agent/bundle-store.h"
#include "agent/package-work.h"
#include "apps/app-record.h"
#include "helper/channel.h"
#include "helper/fault.h"
#include "launcher/program.h"
#include "rpc/error.h"

/* One bundle that is mounted. */
typedef struct {
  DmcHelper *helper; /* the loop device ends with it */
  int server;        /* domicile-stream ends when this is closed; -1 */
  pid_t pid;         /* of it */
} Live;

static Live *
live_new (void)
{
  Live *self = g_new0 (Live, 1);

  self->server = -1;
  return self;
}

static void
live_free (Live *self)
{
  if (self->server >= 0) {
    close (self->server);
    while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
      ;
  }
  g_clear_pointer (&self->helper, dmc_helper_unref);
  g_free (self);
}

static GHashTable *
set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) live_free);
}

/**
 * bundle_live_adopt:
 * @view: a view that came back
 * @kept: (transfer full): what was mounted for it
 */
void
bundle_live_adopt (DmcView *view, GHashTable *kept)
{
  g_object_set_data_full (G_OBJECT (view), "live-bundles", kept, (GDestroyNotify) g_hash_table_unref);
}

/* What is mounted in a view, by key: it lives as long as the view does. */
static GHashTable *
set_of (DmcView *view)
{
  GHashTable *set = g_object_get_data (G_OBJECT (view), "live-bundles");

  if (set == NULL)
    bundle_live_adopt (view, set = set_new ());
  return set;
}

/* Whether @key is mounted beside the layers of @view. */
gboolean
bundle_live_has (DmcView *view, const char *key)
{
  return g_hash_table_contains (set_of (view), key);
}

/* Lets go of what the view had: it is closed, and its vault will be. */
void
bundle_live_end (DmcView *view)
{
  g_object_set_data (G_OBJECT (view), "live-bundles", NULL);
}

/* --- attaching --------------------------------------------------------------------------------------------- */

typedef struct {
  DmcView *view;
  DmcVault *vault;
  char *key;
  Live *live;
  int mount;
  GError *error; /* why it is taken back; NULL */
} Attach;

static void
attach_free (Attach *self)
{
  g_object_unref (self->view);
  g_object_unref (self->vault);
  g_free (self->key);
  g_clear_pointer (&self->live, live_free);
  if (self->mount >= 0)
    close (self->mount);
  g_clear_error (&self->error);
  g_free (self);
}

/* @name: (nullable): what the descriptors are called */
static gboolean
call (DmcHelper *helper, enum helper_verb verb, const char *name, const int *fds, unsigned n_fds, int *answer, unsigned wanted, GError **error)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };

  if (name != NULL)
    g_strlcpy (request.rules, name, sizeof request.rules);
  if (channel_call (dmc_helper_get_fd (helper), &request, verb, fds, n_fds, &reply, answer, wanted, &fault) == 0)
    return TRUE;
  g_propagate_error (error, fault_to_error (&fault));
  return FALSE;
}

/* Starts the server of a streamed bundle. Returns its file, open for reading, or -1. */
static int
start_server (Live *self, int cache, const char *key, const char *url, GError **error)
{
  char *const argv[] = { (char *) "domicile-stream", NULL };
  int connection[WIRE_MAX_FDS], image = -1;
  struct wire_fault fault = { 0 };
  char path[32];

  if (!call (self->helper, HELPER_FUSE_MOUNT, NULL, NULL, 0, connection, 2, error))
    return -1;
  const int fds[] = { connection[0], cache };
  self->server = program_start ("stream", argv, fds, 2, &self->pid, &fault);
  close (connection[0]); /* the server's: the file ends with it */
  if (self->server < 0)
    g_propagate_error (error, fault_to_error (&fault));
  else if (write (self->server, url, strlen (url) + 1) < 0)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The server of the bundle has ended: %s.", g_strerror (errno)));
  else {
    g_snprintf (path, sizeof path, "/proc/self/fd/%d", connection[1]);
    image = open (path, O_RDONLY | O_CLOEXEC); /* waits for the server */
    if (image < 0)
      g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The bundle “%s” is not served: %s.", key, g_strerror (errno)));
  }
  close (connection[1]);
  return image;
}

/* Returns: the image of the bundle @key, open for reading, or -1. A server of it lives as long as @self. */
static int
open_image (Live *self, DmcVault *from, const char *key, GError **error)
{
  int vault = dmc_vault_get_root_fd (from), file, image = -1;
  BundleKind kind = bundle_store_find (vault, key);
  g_autofree char *url = NULL;

  self->helper = dmc_helper_connect_again (dmc_vault_get_helper (from), error);
  if (self->helper == NULL)
    return -1;
  file = bundle_store_open (vault, key, kind);
  if (file < 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The bundle “%s” cannot be read: %s.", key, g_strerror (errno)));
    return -1;
  }
  if (kind == BUNDLE_WHOLE)
    return file;
  url = bundle_store_read_url (vault, key, error);
  if (url != NULL)
    image = start_server (self, file, key, url, error);
  close (file);
  return image;
}

static void
mount_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Attach *self = task_data;
  int answer[WIRE_MAX_FDS], image;
  GError *error = NULL;

  image = open_image (self->live, self->vault, self->key, &error);
  if (image >= 0 && call (self->live->helper, HELPER_IMAGE_MOUNT, NULL, &image, 1, answer, 1, &error))
    self->mount = answer[0];
  if (image >= 0)
    close (image);
  if (self->mount >= 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Attach *self = g_task_get_task_data (task);

  bundle_live_detach_finish (result, NULL);
  fail (task, g_steal_pointer (&self->error));
}

/* An app with some of its files is worse than none. */
static void
take_back (GTask *task, GError *error)
{
  Attach *self = g_task_get_task_data (task);

  self->error = error;
  bundle_live_detach_async (self->view, self->vault, self->key, on_taken_back, task);
}

static void
on_linked (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autofree char *key = package_work_finish (result, NULL, &error);

  if (key == NULL) {
    take_back (task, error);
    return;
  }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* @list: closed here */
static void
run_links (GTask *task, const char *verb, int list, GAsyncReadyCallback callback)
{
  Attach *self = g_task_get_task_data (task);
  const char *const arguments[] = { verb, self->key, NULL };

  package_work_async (self->view, arguments, list, -1, NULL, NULL, callback, task);
  close (list);
}

static void
on_attached (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Attach *self = g_task_get_task_data (task);
  GError *error = NULL;
  int list;

  if (!dmc_view_mount_finish (self->view, result, &error)) {
    fail (task, error);
    return;
  }
  g_hash_table_insert (set_of (self->view), g_strdup (self->key), g_steal_pointer (&self->live));
  list = bundle_links_open (dmc_vault_get_root_fd (self->vault), self->key, TRUE);
  if (list >= 0)
    run_links (task, "link", list, on_linked);
  else
    take_back (task, dmc_error_new (errno == ENOSPC || errno == EDQUOT ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                                    "Remove something, or make the workspace larger.", "The workspace cannot note what it links: %s.",
                                    g_strerror (errno)));
}

static void
on_mounted (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Attach *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    dmc_view_mount_async (self->view, self->key, self->mount, on_attached, task);
  else
    fail (task, error);
}

static GTask *
task_new (DmcView *view, DmcVault *vault, const char *key, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Attach *self = g_new0 (Attach, 1);

  self->view = g_object_ref (view);
  self->vault = g_object_ref (vault);
  self->key = g_strdup (key);
  self->mount = -1;
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify) attach_free);
  return task;
}

/**
 * bundle_live_attach_async:
 * @view: an open view in full mode
 * @vault: what it is of
 * @key: a bundle of the vault
 * @cancellable: (nullable): to stop
 * @callback: called when its files are where they belong
 * @user_data: for @callback
 *
 * Mounts a bundle in a view that stands. Errors: DMC_ERROR_IO, DMC_ERROR_INTEGRITY, DMC_ERROR_RESOURCE; then nothing of it is there.
 */
void
bundle_live_attach_async (DmcView *view, DmcVault *vault, const char *key, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = task_new (view, vault, key, cancellable, callback, user_data);
  Attach *self = g_task_get_task_data (task);
  g_autoptr (GTask) work = g_task_new (NULL, cancellable, on_mounted, task);

  self->live = live_new ();
  g_task_set_source_tag (task, bundle_live_attach_async);
  g_task_set_task_data (work, self, NULL);
  g_task_run_in_thread (work, mount_in_thread);
}

gboolean
bundle_live_attach_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- detaching --------------------------------------------------------------------------------------------- */

static void
on_unmounted (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Attach *self = g_task_get_task_data (task);
  GError *error = NULL;

  /* What something still uses goes with the view. */
  if (dmc_view_mount_finish (self->view, result, &error))
    g_hash_table_remove (set_of (self->view), self->key);
  g_clear_error (&error);
  bundle_links_forget (dmc_vault_get_root_fd (self->vault), self->key);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_unlinked (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Attach *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *key = package_work_finish (result, NULL, &error);

  if (key == NULL)
    fail (task, error);
  else
    dmc_view_unmount_async (self->view, self->key, on_unmounted, task);
}

/* Takes the links of @key back, and the mount where nothing uses it. */
void
bundle_live_detach_async (DmcView *view, DmcVault *vault, const char *key, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = task_new (view, vault, key, NULL, callback, user_data);
  int list = bundle_links_open (dmc_vault_get_root_fd (vault), key, FALSE);

  g_task_set_source_tag (task, bundle_live_detach_async);
  if (list >= 0)
    run_links (task, "unlink", list, on_unlinked);
  else /* nothing of it was linked */
    dmc_view_unmount_async (view, key, on_unmounted, task);
}

gboolean
bundle_live_detach_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- all of a workspace's ---------------------------------------------------------------------------------- */

typedef struct {
  DmcView *view;
  DmcVault *vault;
  GPtrArray *keys;
  guint next;
} All;

static void
all_free (All *self)
{
  g_object_unref (self->view);
  g_object_unref (self->vault);
  g_ptr_array_unref (self->keys);
  g_free (self);
}

static void attach_next (GTask *task);

/* One that cannot be had is no reason to keep the rest closed. */
static void
on_one_attached (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  All *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!bundle_live_attach_finish (result, &error))
    g_warning ("The bundle “%s” is left out: %s", (char *) g_ptr_array_index (self->keys, self->next - 1), error->message);
  attach_next (task);
}

static void
attach_next (GTask *task)
{
  All *self = g_task_get_task_data (task);

  if (self->next < self->keys->len) {
    self->next++;
    bundle_live_attach_async (self->view, self->vault, g_ptr_array_index (self->keys, self->next - 1), g_task_get_cancellable (task),
                              on_one_attached, task);
    return;
  }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* Mounts each bundle of the vault that is streamed. */
void
bundle_live_attach_all_async (DmcView *view, DmcVault *vault, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  All *self = g_new0 (All, 1);

  self->view = g_object_ref (view);
  self->vault = g_object_ref (vault);
  self->keys = dmc_vault_get_helper (vault) != NULL ? bundle_store_list_streams (dmc_vault_get_root_fd (vault))
                                                    : g_ptr_array_new ();
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_source_tag (task, bundle_live_attach_all_async);
  g_task_set_task_data (task, self, (GDestroyNotify) all_free);
  attach_next (task);
}

void
bundle_live_attach_all_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

/* --- of a view that was suspended --------------------------------------------------------------------------- */

/* Returns: (transfer full): the keys of what is mounted beside the layers of @view */
JsonArray *
bundle_live_to_record (DmcView *view)
{
  JsonArray *record = json_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, set_of (view));
  while (g_hash_table_iter_next (&iter, &key, NULL))
    json_array_add_string_element (record, key);
  return record;
}

typedef struct {
  DmcVault *vault;
  JsonArray *record;
} Keep;

static void
keep_free (Keep *self)
{
  g_object_unref (self->vault);
  json_array_unref (self->record);
  g_free (self);
}

static gboolean
keep_one (DmcVault *vault, const char *key, GHashTable *kept, GError **error)
{
  Live *live = live_new ();
  int answer[WIRE_MAX_FDS], image;
  gboolean ok;

  g_hash_table_insert (kept, g_strdup (key), live);
  image = open_image (live, vault, key, error);
  if (image < 0)
    return FALSE;
  ok = call (dmc_vault_get_helper (vault), HELPER_IMAGE_KEEP, key, &image, 1, answer, 0, error);
  close (image);
  return ok;
}

static void
keep_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Keep *self = task_data;
  g_autoptr (GHashTable) kept = set_new ();
  GError *error = NULL;

  for (guint i = 0; i < json_array_get_length (self->record); i++) {
    JsonNode *node = json_array_get_element (self->record, i);
    const char *key = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

    if (key == NULL || !app_record_key_is_valid (key) || g_hash_table_contains (kept, key))
      continue; /* the vault may have been written by anybody who has its key */
    if (!keep_one (self->vault, key, kept, &error)) {
      g_task_return_error (task, error);
      return;
    }
  }
  g_task_return_pointer (task, g_steal_pointer (&kept), (GDestroyNotify) g_hash_table_unref);
}

/**
 * bundle_live_keep_async:
 * @vault: an open vault of a workspace that is to be resumed
 * @record: (nullable): from bundle_live_to_record()
 * @cancellable: (nullable): to stop
 * @callback: called when they are mounted
 * @user_data: for @callback
 *
 * Errors: DMC_ERROR_IO, DMC_ERROR_INTEGRITY, DMC_ERROR_RESOURCE.
 */
void
bundle_live_keep_async (DmcVault *vault, JsonArray *record, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Keep *self = g_new0 (Keep, 1);

  self->vault = g_object_ref (vault);
  self->record = record != NULL ? json_array_ref (record) : json_array_new ();
  g_task_set_task_data (task, self, (GDestroyNotify) keep_free);
  g_task_run_in_thread (task, keep_in_thread);
}

/* Returns: (transfer full): for bundle_live_adopt(); what is freed is not mounted any more */
GHashTable *
bundle_live_keep_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bundles from HTTP servers: as much of one as a workspace needs to begin with, or all of it. */
#include "agent/bundle-fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/app-labels.h"
#include "agent/bundle-store.h"
#include "agent/bundle-trust.h"
#include "agent/catalogue.h"
#include "agent/host-fingerprint.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "stream/block-cache.h"

/* One piece of work, in a thread. */
typedef struct {
  DmcVault *vault;
  DmcJob *job;
  char *url, *trust, *key, *label;
  DmcPolicyDocument *policy; /* NULL: pinning */
  char *catalogue, *app;           /* where @url comes from */
  char *expect_signer;             /* what the catalogue says */
  gboolean stream;
  guint last_percent;
} Fetch;

static void
fetch_free (Fetch *self)
{
  g_object_unref (self->vault);
  g_object_unref (self->job);
  g_free (self->url);
  g_free (self->trust);
  g_free (self->key);
  g_free (self->catalogue);
  g_free (self->app);
  g_free (self->expect_signer);
  g_free (self->label);
  g_clear_pointer (&self->policy, dmc_policy_document_unref);
  g_free (self);
}

/* --- progress ---------------------------------------------------------------------------------------------- */

typedef struct {
  DmcJob *job;
  guint64 done, total;
} Told;

static gboolean
tell_job (gpointer data)
{
  Told *told = data;
  g_autofree char *done = g_format_size (told->done), *total = g_format_size (told->total);
  g_autofree char *text = g_strdup_printf ("Fetching the bundle: %s of %s", done, total);

  dmc_job_set_progress (told->job, told->total > 0 ? 0.9 * (double) told->done / (double) told->total : 0, text);
  return G_SOURCE_REMOVE;
}

static void
told_free (gpointer data)
{
  Told *told = data;

  g_object_unref (told->job);
  g_free (told);
}

/* A job belongs to the main thread. */
static void
progress (guint64 done, guint64 total, gpointer data)
{
  Fetch *self = data;
  guint percent = (guint) (total > 0 ? done * 100 / total : 100);
  Told *told;

  if (percent == self->last_percent)
    return;
  self->last_percent = percent;
  told = g_new0 (Told, 1);
  told->job = g_object_ref (self->job);
  told->done = done;
  told->total = total;
  g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, tell_job, told, told_free);
}

/* --- fetching ---------------------------------------------------------------------------------------------- */

static JsonNode *
describe (const BundleHead *head, const char *url, const char *label)
{
  JsonObject *manifest = head->manifest;

  return dmc_json_node ("id:s", dmc_json_get_string (manifest, "id", ""), "name:s", dmc_json_get_string (manifest, "name", ""),
                        "version:s", dmc_json_get_string (manifest, "version", ""), "summary:s",
                        dmc_json_get_string (manifest, "summary", ""), "source:s", "bundle", "size_bytes:i",
                        (gint64) (head->image_size + head->tail_size + BUNDLE_TRAILER_SIZE), "signer:s", head->signer, "url:s", url, "subject:s", label, NULL);
}

static gboolean
is_expected (Fetch *self, const BundleHead *head, GError **error)
{
  const char *id = dmc_json_get_string (head->manifest, "id", "");

  if ((self->app == NULL || g_str_equal (self->app, id))
      && (self->expect_signer == NULL || g_str_equal (self->expect_signer, head->signer)))
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Refresh the catalogue, then try again.",
                                           "The server gives another bundle than the one that its catalogue names."));
  return FALSE;
}

static gboolean
may_take (Fetch *self, int vault, const BundleHead *head, GError **error)
{
  const char *id = dmc_json_get_string (head->manifest, "id", "");

  if (!is_expected (self, head, error)
      || (self->expect_signer == NULL && !bundle_trust_check (vault, head->signer, self->trust, error)))
    return FALSE;
  if (bundle_store_find (vault, id) == BUNDLE_NONE)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_EXISTS, "Remove it first.", "“%s” is installed in this workspace already.", id));
  return FALSE;
}

static GError *
not_kept (int code)
{
  const gboolean full = code == ENOSPC || code == EDQUOT;

  return dmc_error_new (full ? DMC_ERROR_RESOURCE : DMC_ERROR_IO, full ? "Remove something, or make the workspace larger." : NULL,
                        "The bundle cannot be kept in the workspace: %s.", g_strerror (code));
}

static gboolean
keep (Fetch *self, int vault, const char *key, GError **error)
{
  int code = bundle_store_take (vault, BUNDLE_INCOMING, key, self->stream ? self->url : NULL);

  if (code != 0)
    g_propagate_error (error, not_kept (code));
  return code == 0;
}

/* A server that gives no parts of a file does as well, where all of it is wanted: then @whole is set. */
static gboolean
begin_cache (Fetch *self, int file, gboolean *whole, GCancellable *cancellable, GError **error)
{
  g_autoptr (HttpSource) source = NULL;
  GError *local = NULL;

  if (block_cache_begin (file, self->url, cancellable, &local))
    return TRUE;
  if (self->stream || g_strcmp0 (dmc_json_get_string (dmc_error_get_data (local), "needs", NULL), "http-ranges") != 0) {
    g_propagate_error (error, local);
    return FALSE;
  }
  g_error_free (local);
  *whole = TRUE;
  source = http_source_new (self->url, error);
  return source != NULL && http_source_save (source, file, progress, self, cancellable, error);
}

static JsonNode *
fetch (Fetch *self, int vault, int file, GCancellable *cancellable, GError **error)
{
  g_autoptr (BlockCache) cache = NULL;
  const char *key, *label;
  gboolean whole = FALSE;

  if (!begin_cache (self, file, &whole, cancellable, error))
    return NULL;
  cache = block_cache_new (file, self->url, error);
  if (cache == NULL || !may_take (self, vault, cache->head, error))
    return NULL;
  if (whole ? !block_cache_verify (cache, cancellable, error) : !self->stream && !block_cache_fill (cache, progress, self, cancellable, error))
    return NULL;
  key = dmc_json_get_string (cache->head->manifest, "id", "");
  /* First the label: the app is never there without it. */
  if (!app_labels_take (vault, self->policy, cache->head->manifest, self->label, &label, error))
    return NULL;
  if (keep (self, vault, key, error))
    return describe (cache->head, self->url, label);
  app_labels_store (vault, key, NULL, NULL);
  return NULL;
}

/* Looks in the catalogue where the app is, and who must have signed it. */
static gboolean
look_up (Fetch *self, int vault, GError **error)
{
  g_autoptr (Catalogue) catalogue = NULL;
  g_autoptr (HostFingerprint) host = NULL;
  const CatalogueApp *app;

  if (self->catalogue == NULL)
    return TRUE;
  catalogue = catalogue_load (vault, self->catalogue, error);
  if (catalogue == NULL)
    return FALSE;
  app = catalogue_index_find (catalogue->index, self->app);
  if (app == NULL) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "Refresh the catalogue, or search in it.",
                                             "The catalogue “%s” has no app “%s”.", catalogue->index->name, self->app));
    return FALSE;
  }
  host = host_fingerprint_new ();
  if (*app->arch != '\0' && !g_str_equal (app->arch, host->arch)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, NULL, "“%s” is for machines of the kind %s, and this one is %s.", app->name,
                                             app->arch, host->arch));
    dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), app->arch));
    return FALSE;
  }
  self->url = catalogue_dup_bundle_url (catalogue, app);
  self->expect_signer = g_strdup (app->signer);
  return TRUE;
}

static void
fetch_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Fetch *self = task_data;
  int vault = dmc_vault_get_root_fd (self->vault);
  int file = openat (vault, BUNDLE_INCOMING, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  GError *error = NULL;
  JsonNode *result = NULL;

  if (file < 0) {
    g_task_return_error (task, not_kept (errno));
    return;
  }
  result = look_up (self, vault, &error) ? fetch (self, vault, file, cancellable, &error) : NULL;
  close (file);
  if (result != NULL) {
    g_task_return_pointer (task, result, (GDestroyNotify) json_node_unref);
    return;
  }
  unlinkat (vault, BUNDLE_INCOMING, 0);
  g_task_return_error (task, error);
}

static GTask *
begin (AgentWorkspace *workspace, Fetch *self, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, dmc_job_get_cancellable (job), callback, user_data);

  self->vault = g_object_ref (agent_workspace_get_vault (workspace));
  self->job = g_object_ref (job);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify) fetch_free);
  return task;
}

/**
 * bundle_fetch_async:
 * @workspace: an open workspace
 * @order: what to fetch; copied
 * @job: told how far it is, and may be cancelled
 * @callback: called when it is in the workspace
 * @user_data: for @callback
 *
 * Takes a bundle in from a server, checked as bundle_add_async() checks a file. Errors: as of that and of http_source_read_end().
 */
void
bundle_fetch_async (AgentWorkspace *workspace, const BundleOrder *order, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data)
{
  Fetch *self = g_new0 (Fetch, 1);
  g_autoptr (GTask) task = begin (workspace, self, job, callback, user_data);

  self->url = g_strdup (order->url);
  self->stream = order->stream;
  self->trust = g_strdup (order->trust);
  self->label = g_strdup (order->label);
  self->policy = dmc_policy_document_ref (order->policy);
  self->catalogue = g_strdup (order->catalogue);
  self->app = g_strdup (order->app);
  g_task_set_source_tag (task, bundle_fetch_async);
  g_task_run_in_thread (task, fetch_in_thread);
}

/* Returns: (transfer full) (nullable): what the bundle is */
JsonNode *
bundle_fetch_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- pinning ----------------------------------------------------------------------------------------------- */

static gboolean
pin (Fetch *self, int vault, int file, GCancellable *cancellable, GError **error)
{
  g_autofree char *url = bundle_store_read_url (vault, self->key, error);
  g_autoptr (BlockCache) cache = url != NULL ? block_cache_new (file, url, error) : NULL;

  return cache != NULL && block_cache_fill (cache, progress, self, cancellable, error)
         && bundle_store_complete (vault, self->key, error);
}

static void
pin_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Fetch *self = task_data;
  int vault = dmc_vault_get_root_fd (self->vault);
  BundleKind kind = bundle_store_find (vault, self->key);
  int file = kind == BUNDLE_STREAMED ? bundle_store_open (vault, self->key, kind) : -1;
  GError *error = NULL;
  guint64 size = 0, present = 0;

  if (kind == BUNDLE_NONE)
    error = dmc_error_new (DMC_ERROR_NOT_FOUND, "Only what was installed from a bundle can be fetched whole.",
                           "No bundle “%s” is in this workspace.", self->key);
  else if (kind == BUNDLE_STREAMED && file < 0)
    error = dmc_error_new (DMC_ERROR_IO, NULL, "The bundle cannot be read: %s.", g_strerror (errno));
  else if (kind == BUNDLE_STREAMED)
    pin (self, vault, file, cancellable, &error);
  if (file >= 0)
    close (file);
  bundle_store_sizes (vault, self->key, &size, &present);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, dmc_json_node ("id:s", self->key, "size_bytes:i", (gint64) size, "pinned:b", TRUE, NULL),
                           (GDestroyNotify) json_node_unref);
}

/* Fetches what is missing of the streamed bundle @key, so that it needs its server no more; whatever runs of it goes on. */
void
bundle_pin_async (AgentWorkspace *workspace, const char *key, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data)
{
  Fetch *self = g_new0 (Fetch, 1);
  g_autoptr (GTask) task = begin (workspace, self, job, callback, user_data);

  self->key = g_strdup (key);
  g_task_set_source_tag (task, bundle_pin_async);
  g_task_run_in_thread (task, pin_in_thread);
}

/* Returns: (transfer full) (nullable): {id, size_bytes, pinned} */
JsonNode *
bundle_pin_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

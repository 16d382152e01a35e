/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bundles of a workspace: signing one that was made, taking one in. A view is built over the bundles that are there when its
 * workspace is opened (helper/bundles.c); one that comes later is mounted beside them (bundle-live.h). */
#include "agent/bundle-work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/app-labels.h"
#include "agent/bundle-store.h"
#include "agent/bundle-trust.h"
#include "agent/host-fingerprint.h"
#include "apps/bundle-file.h"
#include "launcher/wire.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/copy-file.h"

/* Work on a file in a thread. */
typedef struct {
  DmcVault *vault;
  int file;           /* -1: about none */
  char *key;          /* drop */
  JsonNode *manifest; /* export */
  char *trust;        /* add; nullable */
  DmcPolicyDocument *policy; /* add */
  char *label;        /* add; nullable */
} Work;

static void
work_free (Work *self)
{
  g_object_unref (self->vault);
  if (self->file >= 0)
    close (self->file);
  g_free (self->key);
  g_clear_pointer (&self->manifest, json_node_unref);
  g_free (self->trust);
  g_free (self->label);
  g_clear_pointer (&self->policy, dmc_policy_document_unref);
  g_free (self);
}

static Work *
work_new (AgentWorkspace *workspace, int file)
{
  Work *self = g_new0 (Work, 1);

  self->vault = g_object_ref (agent_workspace_get_vault (workspace));
  self->file = file >= 0 ? fcntl (file, F_DUPFD_CLOEXEC, 3) : -1;
  return self;
}

static void
run (gpointer tag, Work *work, GTaskThreadFunc func, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, func);
}

/* What a client is told about a bundle. */
static JsonNode *
describe (JsonObject *manifest, const char *signer, const char *label, int file)
{
  struct stat info = { 0 };

  fstat (file, &info);
  return dmc_json_node ("id:s", dmc_json_get_string (manifest, "id", ""), "name:s", dmc_json_get_string (manifest, "name", ""),
                        "version:s", dmc_json_get_string (manifest, "version", ""), "summary:s",
                        dmc_json_get_string (manifest, "summary", ""), "source:s", "bundle", "size_bytes:i", (gint64) info.st_size,
                        "signer:s", signer, "subject:s", label, NULL);
}

/* --- export ------------------------------------------------------------------------------------------------ */

static JsonNode *
manifest_of (const char *key, const AppRecord *record, const char *label, JsonObject *actions)
{
  g_autoptr (HostFingerprint) host = host_fingerprint_new ();
  JsonObject *base = dmc_json_object ("os_id:s", host->os_id, "os_version:s", host->os_version, "libc:s", host->libc, NULL);

  return dmc_json_node ("format:i", (gint64) 1, "id:s", key, "name:s", record->name, "version:s", record->version, "summary:s",
                        record->summary, "arch:s", host->arch, "made_us:i", g_get_real_time (), "base:o", base, "actions:o",
                        actions != NULL ? json_object_ref (actions) : NULL, "label:s", label, NULL);
}

static void
sign_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *self = task_data;
  BundleSigner signer;
  GError *error = NULL;
  gboolean ok = bundle_signer_load (&signer, dmc_vault_get_root_fd (self->vault), BUNDLE_KEY_FILE, &error)
                && bundle_file_sign (self->file, self->manifest, &signer, &error);
  g_autofree char *name = ok ? bundle_key_to_string (signer.public_key) : NULL;

  bundle_signer_wipe (&signer);
  if (ok)
    g_task_return_pointer (task, describe (json_node_get_object (self->manifest), name, NULL, self->file),
                           (GDestroyNotify) json_node_unref);
  else
    g_task_return_error (task, error);
}

/**
 * bundle_export_async:
 * @workspace: an open workspace
 * @file: the image, with nothing behind it; the caller keeps its own descriptor
 * @key: the app's id
 * @record: what is known about the app
 * @label: (nullable): the label of the policy that it asks for where it is installed
 * @actions: (nullable): its life-cycle actions, as app_actions_check() lets pass
 * @cancellable: (nullable): to stop
 * @callback: called when the file is a bundle
 * @user_data: for @callback
 *
 * Signs an image with the workspace's key. Errors: DMC_ERROR_IO, DMC_ERROR_INTEGRITY.
 */
void
bundle_export_async (AgentWorkspace *workspace, int file, const char *key, const AppRecord *record, const char *label,
                     JsonObject *actions, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Work *work = work_new (workspace, file);

  work->manifest = manifest_of (key, record, label, actions);
  run (bundle_export_async, work, sign_in_thread, cancellable, callback, user_data);
}

/* Returns: (transfer full) (nullable): what the bundle is */
JsonNode *
bundle_export_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- add --------------------------------------------------------------------------------------------------- */

static GError *
copy_error (int code, const char *name)
{
  if (code == ECANCELED)
    return dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled.");
  if (code == EEXIST)
    return dmc_error_new (DMC_ERROR_EXISTS, "Remove it first.", "“%s” is installed in this workspace already.", name);
  if (code == ENOSPC || code == EDQUOT)
    return dmc_error_new (DMC_ERROR_RESOURCE, "Remove something, or make the workspace larger.",
                          "The bundle does not fit into the workspace.");
  return dmc_error_new (DMC_ERROR_IO, NULL, "The bundle cannot be copied into the workspace: %s.", g_strerror (code));
}

/* Returns an errno value. */
static int
copy_into (int vault, int file, const char *key, GCancellable *cancellable)
{
  int out = openat (vault, BUNDLE_INCOMING, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  int code = out < 0 || lseek (file, 0, SEEK_SET) != 0 ? errno : copy_file (file, out, cancellable);

  if (out >= 0)
    close (out);
  if (code == 0)
    code = bundle_store_take (vault, BUNDLE_INCOMING, key, NULL);
  if (code != 0)
    unlinkat (vault, BUNDLE_INCOMING, 0);
  return code;
}

static void
add_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *self = task_data;
  int vault = dmc_vault_get_root_fd (self->vault), code;
  GError *error = NULL;
  g_autoptr (BundleHead) bundle = bundle_file_read (self->file, cancellable, &error);
  const char *key = bundle != NULL ? dmc_json_get_string (bundle->manifest, "id", "") : NULL, *label;

  if (bundle == NULL || !bundle_trust_check (vault, bundle->signer, self->trust, &error)) {
    g_task_return_error (task, error);
    return;
  }
  code = bundle_store_find (vault, key) != BUNDLE_NONE ? EEXIST : 0;
  /* First the label: the app is never there without it. */
  if (code == 0 && !app_labels_take (vault, self->policy, bundle->manifest, self->label, &label, &error)) {
    g_task_return_error (task, error);
    return;
  }
  code = code == 0 ? copy_into (vault, self->file, key, cancellable) : code;
  if (code == 0) {
    g_task_return_pointer (task, describe (bundle->manifest, bundle->signer, label, self->file), (GDestroyNotify) json_node_unref);
    return;
  }
  g_task_return_error (task, copy_error (code, key));
  if (code != EEXIST)
    app_labels_store (vault, key, NULL, NULL);
}

/**
 * bundle_add_async:
 * @workspace: an open workspace
 * @file: a bundle; the caller keeps its own descriptor
 * @trust: (nullable): a signer to trust from now on
 * @policy: what says which labels there are
 * @label: (nullable): the label that the app gets; %NULL for the one that its manifest asks for
 * @cancellable: (nullable): to stop
 * @callback: called when it is in the workspace
 * @user_data: for @callback
 *
 * Checks a bundle and copies it into the workspace. Errors: DMC_ERROR_INTEGRITY, DMC_ERROR_DENIED (data "signer": nobody the
 * workspace knows; data "label": no app may bring it), DMC_ERROR_EXISTS, DMC_ERROR_RESOURCE, DMC_ERROR_IO, DMC_ERROR_CANCELLED.
 */
void
bundle_add_async (AgentWorkspace *workspace, int file, const char *trust, DmcPolicyDocument *policy, const char *label,
                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Work *work = work_new (workspace, file);

  work->trust = g_strdup (trust);
  work->policy = dmc_policy_document_ref (policy);
  work->label = g_strdup (label);
  run (bundle_add_async, work, add_in_thread, cancellable, callback, user_data);
}

/* Returns: (transfer full) (nullable): what the bundle is */
JsonNode *
bundle_add_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
drop_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *self = task_data;
  int vault = dmc_vault_get_root_fd (self->vault), code = bundle_store_drop (vault, self->key);

  if (code == ENOENT)
    g_task_return_error (task, dmc_error_new (DMC_ERROR_NOT_FOUND, "It goes when the workspace is closed.",
                                              "“%s” has been removed already.", self->key));
  else if (code != 0)
    g_task_return_error (task, copy_error (code, self->key));
  if (code != 0)
    return;
  app_labels_store (vault, self->key, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

/**
 * bundle_drop_async:
 * @workspace: an open workspace
 * @key: the app's id
 * @callback: called when it is gone
 * @user_data: for @callback
 *
 * Takes a bundle out of a workspace, and the label that it had; a view that stands keeps it. Errors: DMC_ERROR_NOT_FOUND,
 * DMC_ERROR_IO.
 */
void
bundle_drop_async (AgentWorkspace *workspace, const char *key, GAsyncReadyCallback callback, gpointer user_data)
{
  Work *work = work_new (workspace, -1);

  work->key = g_strdup (key);
  run (bundle_drop_async, work, drop_in_thread, NULL, callback, user_data);
}

/* Returns: whether it is gone now */
gboolean
bundle_drop_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

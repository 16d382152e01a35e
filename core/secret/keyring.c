/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-secret"

#include "secret/keyring.h"

#include <json-glib/json-glib.h>
#include <libsecret/secret.h>
#include <string.h>

#include "rpc/error.h"

static const SecretSchema schema = {
  .name = "org.domicile.Workspace",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = {
    { "workspace", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { NULL, 0 },
  },
};

/* No bus, no service on it, no collection in it: to the user it is all one. What the user refused
 * is not. */
static GError *
explain (GError *why)
{
  GError *error;

  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    return why;
  error = dmc_error_new (DMC_ERROR_UNSUPPORTED,
                         "Type the passphrase each time, or start a keyring service",
                         "There is no keyring to remember passphrases in");
  dmc_error_set_data (error, "needs", json_node_init_string (json_node_alloc (), "keyring"));
  g_debug ("No keyring: %s", why->message);
  g_error_free (why);
  return error;
}

static gboolean
finish_boolean (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- store ------------------------------------------------------------------------------------ */

static void
stored (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, explain (error));
}

/**
 * dmc_keyring_store_async:
 * @workspace_id: the workspace
 * @user: the user in it
 * @passphrase: what to remember
 * @cancellable: (nullable): to give up
 * @callback: called when it is stored, or not
 * @user_data: handed to @callback
 */
void
dmc_keyring_store_async (const char          *workspace_id,
                         const char          *user,
                         DmcPassphrase       *passphrase,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *label = g_strdup_printf ("Domicile workspace of %s", user);

  g_task_set_source_tag (task, dmc_keyring_store_async);
  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label,
                         dmc_passphrase_get_text (passphrase), cancellable, stored, task,
                         "workspace", workspace_id, "user", user, NULL);
}

/**
 * dmc_keyring_store_finish:
 * @result: what the callback got
 * @error: DMC_ERROR_UNSUPPORTED where there is no keyring
 *
 * Returns: whether it is stored
 */
gboolean
dmc_keyring_store_finish (GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

/* --- lookup ----------------------------------------------------------------------------------- */

static void
looked_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  char *text = secret_password_lookup_nonpageable_finish (result, &error);

  if (error != NULL) {
    g_task_return_error (task, explain (error));
    return;
  }
  g_task_return_pointer (task, text != NULL ? dmc_passphrase_new (text) : NULL,
                         (GDestroyNotify) dmc_passphrase_unref);
  secret_password_free (text);
}

/**
 * dmc_keyring_lookup_async:
 * @workspace_id: the workspace
 * @user: the user in it
 * @cancellable: (nullable): to give up
 * @callback: called with what was found
 * @user_data: handed to @callback
 */
void
dmc_keyring_lookup_async (const char          *workspace_id,
                          const char          *user,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dmc_keyring_lookup_async);
  secret_password_lookup (&schema, cancellable, looked_up, task, "workspace", workspace_id, "user",
                          user, NULL);
}

/**
 * dmc_keyring_lookup_finish:
 * @result: what the callback got
 * @error: DMC_ERROR_UNSUPPORTED where there is no keyring
 *
 * Returns: (transfer full) (nullable): the passphrase; NULL without an error where none is stored
 */
DmcPassphrase *
dmc_keyring_lookup_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- clear ------------------------------------------------------------------------------------ */

static void
cleared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  secret_password_clear_finish (result, &error);
  if (error != NULL)
    g_task_return_error (task, explain (error));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * dmc_keyring_clear_async:
 * @workspace_id: the workspace
 * @user: the user in it
 * @cancellable: (nullable): to give up
 * @callback: called when nothing is stored any more
 * @user_data: handed to @callback
 */
void
dmc_keyring_clear_async (const char          *workspace_id,
                         const char          *user,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dmc_keyring_clear_async);
  secret_password_clear (&schema, cancellable, cleared, task, "workspace", workspace_id, "user",
                         user, NULL);
}

/**
 * dmc_keyring_clear_finish:
 * @result: what the callback got
 * @error: DMC_ERROR_UNSUPPORTED where there is no keyring
 *
 * Returns: whether nothing is stored any more
 */
gboolean
dmc_keyring_clear_finish (GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

/* --- probe ------------------------------------------------------------------------------------ */

static void
probed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (SecretService) service = secret_service_get_finish (result, &error);

  if (service != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, explain (error));
}

/**
 * dmc_keyring_probe_async:
 * @cancellable: (nullable): to give up
 * @callback: called when it is known
 * @user_data: handed to @callback
 */
void
dmc_keyring_probe_async (GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dmc_keyring_probe_async);
  secret_service_get (SECRET_SERVICE_OPEN_SESSION, cancellable, probed, task);
}

/**
 * dmc_keyring_probe_finish:
 * @result: what the callback got
 * @error: DMC_ERROR_UNSUPPORTED where there is no keyring
 *
 * Returns: whether a keyring answers
 */
gboolean
dmc_keyring_probe_finish (GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

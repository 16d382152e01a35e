/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/share-consent.h"

#include "rpc/error.h"

#define FILE_NAME "shares.ini"
#define GROUP     "shares"

struct _ShareConsent {
  char *path;
  GKeyFile *given; /* by the workspace's id: what workspace_settings_list_shares() gave */
};

/* Without a readable file nothing has been confirmed. */
ShareConsent *
share_consent_new (const char *state_dir)
{
  ShareConsent *self = g_new0 (ShareConsent, 1);

  self->path = g_build_filename (state_dir, FILE_NAME, NULL);
  self->given = g_key_file_new ();
  g_key_file_load_from_file (self->given, self->path, G_KEY_FILE_NONE, NULL);
  return self;
}

void
share_consent_free (ShareConsent *self)
{
  g_key_file_unref (self->given);
  g_free (self->path);
  g_free (self);
}

static GError *
not_given (const WorkspaceFile *file, const char *const *shares)
{
  g_autofree char *list = g_strjoinv (", ", (char **) shares);
  GError *error
      = dmc_error_new (DMC_ERROR_STATE, "Allow it with trust_shares if these rules are your own, or change them with workspace.set.",
                       "The workspace “%s” asks for folders of this computer that were not given to it here: %s.", file->name, list);

  dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "shares"));
  return error;
}

/**
 * share_consent_require:
 * @self: what has been confirmed on this host
 * @file: a workspace
 * @error: where to leave %DMC_ERROR_STATE with data "state": "shares"
 *
 * Returns: whether every folder that the workspace's own rules share may be shared
 */
gboolean
share_consent_require (ShareConsent *self, const WorkspaceFile *file, GError **error)
{
  g_auto (GStrv) shares = workspace_settings_list_shares (file->settings);
  g_auto (GStrv) given = g_key_file_get_string_list (self->given, GROUP, file->id, NULL, NULL);

  for (gsize i = 0; shares[i] != NULL; i++)
    if (given == NULL || !g_strv_contains ((const char *const *) given, shares[i])) {
      g_propagate_error (error, not_given (file, (const char *const *) shares));
      return FALSE;
    }
  return TRUE;
}

/* From now on the workspace may share what its rules name now; errors: %DMC_ERROR_IO. */
gboolean
share_consent_give (ShareConsent *self, const WorkspaceFile *file, GError **error)
{
  g_auto (GStrv) shares = workspace_settings_list_shares (file->settings);
  g_autoptr (GError) local = NULL;

  if (shares[0] == NULL && !g_key_file_has_key (self->given, GROUP, file->id, NULL))
    return TRUE;
  g_key_file_set_string_list (self->given, GROUP, file->id, (const char *const *) shares, g_strv_length (shares));
  if (g_key_file_save_to_file (self->given, self->path, &local))
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "What the workspace may share cannot be noted: %s.", local->message));
  return FALSE;
}

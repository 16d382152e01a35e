/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/store.h"

#include <errno.h>
#include <sys/stat.h>

#include <gio/gio.h>

#include "rpc/error.h"
#include "rpc/json.h"

#define DEFAULT_POLICY "/org/domicile/policy/default.json"

/* A policy comes in one message of the protocol, so no file of ours is larger. */
#define MAX_FILE_BYTES (2 * 1024 * 1024)

static DmcPolicyDocument *
parse (const char *text, gsize length, const char *where, GError **error)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) node = dmc_json_parse (text, (gssize)length, &why);
  g_autofree char *summary = NULL;
  DmcPolicyDocument *document;

  document = node != NULL ? dmc_policy_document_new (node, problems) : NULL;
  if (document != NULL)
    return document;
  summary = node != NULL ? dmc_policy_problems_summary (problems) : g_strdup (why->message);
  g_propagate_error (
      error, dmc_error_new (DMC_ERROR_INTEGRITY,
                            "Repair the file, or remove it to go back to the default policy.",
                            "%s does not hold a valid policy: %s", where, summary));
  return NULL;
}

static DmcPolicyDocument *
read_default (GError **error)
{
  g_autoptr (GBytes) bytes
      = g_resources_lookup_data (DEFAULT_POLICY, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  if (bytes == NULL)
    return NULL;
  return parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "The default policy",
                error);
}

DmcPolicyDocument *
dmc_policy_store_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  struct stat status;
  gsize length;

  if (stat (path, &status) != 0 && errno == ENOENT)
    return read_default (error);
  if (status.st_size > MAX_FILE_BYTES) {
    g_propagate_error (
        error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "%s is too large for a policy", path));
    return NULL;
  }
  if (!g_file_get_contents (path, &text, &length, &why)) {
    g_propagate_error (
        error, dmc_error_new (DMC_ERROR_IO, NULL, "The policy cannot be read: %s", why->message));
    return NULL;
  }
  return parse (text, length, path, error);
}

gboolean
dmc_policy_store_write (const char *path, const DmcPolicyDocument *document, GError **error)
{
  g_autofree char *text = dmc_policy_format_text (dmc_policy_document_get_node (document));
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) why = NULL;

  if (g_mkdir_with_parents (folder, 0700) == 0
      && g_file_set_contents_full (
          path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &why))
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "The policy that held before still holds.",
                                           "The policy cannot be saved: %s",
                                           why != NULL ? why->message : g_strerror (errno)));
  return FALSE;
}

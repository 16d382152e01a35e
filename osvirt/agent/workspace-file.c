/* SPDX-License-Identifier: GPL-2.0-or-later */
/* workspace.json comes from a medium that anybody may have written: nothing in it is believed before
 * it has been checked, and what is wrong is named. */
#include "agent/workspace-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

#include "storage/read-file.h"
#include "storage/text.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define MAX_NAME_CHARS 64
#define DAMAGED_HINT   "Restore the file from a copy of the workspace; nothing was changed."

static gboolean
damaged (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
damaged (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, DAMAGED_HINT,
                                           "The workspace's " WORKSPACE_FILE_NAME " is damaged: %s.", what));
  return FALSE;
}

/**
 * workspace_name_is_clean:
 * @name: a name of a workspace or a user, in UTF-8
 *
 * Returns: whether it can stand in a list: one line, something to see, and only what is to be seen
 */
gboolean
workspace_name_is_clean (const char *name)
{
  gboolean visible = FALSE;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    if (text_is_unruly (g_utf8_get_char (p)))
      return FALSE;
    visible = visible || g_unichar_isgraph (g_utf8_get_char (p));
  }
  return visible;
}

static gboolean
is_name (const char *text)
{
  return g_utf8_strlen (text, -1) <= MAX_NAME_CHARS && workspace_name_is_clean (text);
}

static gboolean
take_text (JsonObject *object, const char *member, char **out, GError **error)
{
  const char *text = dmc_json_get_string (object, member, NULL);

  if (text == NULL)
    return damaged (error, "“%s” is missing or not text", member);
  if (!is_name (text))
    return damaged (error, "“%s” is empty, too long or has control characters", member);
  *out = g_strdup (text);
  return TRUE;
}

static gboolean
take_word (JsonObject *object, const char *member, const char *const *words, char **out, GError **error)
{
  if (!take_text (object, member, out, error))
    return FALSE;
  if (!g_strv_contains (words, *out))
    return damaged (error, "“%s” has the unknown value “%s”", member, *out);
  return TRUE;
}

static gboolean
take_id (JsonObject *object, WorkspaceFile *self, GError **error)
{
  g_autofree char *id = NULL;

  if (!take_text (object, "id", &id, error))
    return FALSE;
  if (!g_uuid_string_is_valid (id))
    return damaged (error, "“id” is not a UUID");
  self->id = g_ascii_strdown (id, -1);
  return TRUE;
}

static gboolean
take_format (JsonObject *object, GError **error)
{
  gint64 format = dmc_json_get_int (object, "format", 0);

  if (format > WORKSPACE_FILE_FORMAT) {
    GError *later = dmc_error_new (DMC_ERROR_UNSUPPORTED, "Install a newer Domicile on this host.",
                                   "The workspace has format %" G_GINT64_FORMAT
                                   ", and this host knows formats up to %d.",
                                   format, WORKSPACE_FILE_FORMAT);

    dmc_error_set_data (later, "needs", json_node_init_string (json_node_alloc (), "domicile"));
    g_propagate_error (error, later);
    return FALSE;
  }
  return format == WORKSPACE_FILE_FORMAT || damaged (error, "“format” is missing or not a number above 0");
}

static gboolean
take_created (JsonObject *object, WorkspaceFile *self, GError **error)
{
  const char *text = dmc_json_get_string (object, "created", "");
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) created = g_date_time_new_from_iso8601 (text, utc);

  if (created == NULL)
    return damaged (error, "“created” is not a date and time");
  self->created_us = g_date_time_to_unix (created) * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
take_base (JsonObject *object, WorkspaceFile *self, GError **error)
{
  JsonObject *base = dmc_json_get_object (object, "base");

  if (base == NULL)
    return damaged (error, "“base” is missing");
  self->base = g_new0 (HostFingerprint, 1);
  self->base->os_version = g_strdup (dmc_json_get_string (base, "os_version", ""));
  if (self->base->os_version[0] != '\0' && !is_name (self->base->os_version))
    return damaged (error, "“os_version” is too long or has control characters");
  return take_text (base, "os_id", &self->base->os_id, error) &&
         take_text (base, "arch", &self->base->arch, error) &&
         take_text (base, "libc", &self->base->libc, error);
}

/* An isolated workspace shows nothing of the host unless it is told to. */
static WorkspaceSettings *
default_settings (const WorkspaceFile *self)
{
  WorkspaceSettings *settings = workspace_settings_new ();

  if (workspace_file_is_isolated (self))
    settings->switches &= ~(guint) (WORKSPACE_REGISTRY | WORKSPACE_FONTS);
  return settings;
}

/* Left out by those who have never set any, and by older versions. */
static gboolean
take_settings (JsonObject *object, WorkspaceFile *self, GError **error)
{
  JsonObject *settings = dmc_json_get_object (object, "settings");
  g_autoptr (GError) local = NULL;

  self->settings = default_settings (self);
  if (settings == NULL)
    return !json_object_has_member (object, "settings") || damaged (error, "“settings” is not an object");
  return workspace_settings_merge (self->settings, settings, &local) || damaged (error, "%s", local->message);
}

static gboolean
take_all (JsonObject *object, WorkspaceFile *self, GError **error)
{
  static const char *const modes[] = { "shared", "isolated", NULL };
  static const char *const vaults[] = { "luks", "none", NULL };

  self->size_bytes = dmc_json_get_int (object, "size_bytes", -1);
  if (self->size_bytes < 0)
    return damaged (error, "“size_bytes” is missing or below 0");
  self->suspended_us = MAX (dmc_json_get_int (object, "suspended_us", 0), 0);
  return take_id (object, self, error) && take_text (object, "name", &self->name, error) &&
         take_word (object, "mode", modes, &self->mode, error) &&
         take_word (object, "vault", vaults, &self->vault, error) &&
         take_created (object, self, error) && take_base (object, self, error) &&
         take_settings (object, self, error);
}

/**
 * workspace_file_parse:
 * @data: (array length=length): the file's content
 * @length: bytes in @data
 * @error: where to leave %DMC_ERROR_INTEGRITY, or %DMC_ERROR_UNSUPPORTED for a later format
 *
 * Reads a workspace.json. Members that this version does not know are left alone.
 *
 * Returns: (transfer full): the description, or %NULL
 */
WorkspaceFile *
workspace_file_parse (const char *data, gsize length, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) root = dmc_json_parse (data, (gssize) length, &local);

  if (root == NULL) {
    damaged (error, "it is not JSON (%s)", local->message);
    return NULL;
  }
  if (!JSON_NODE_HOLDS_OBJECT (root)) {
    damaged (error, "it is not a JSON object");
    return NULL;
  }

  g_autoptr (WorkspaceFile) self = g_new0 (WorkspaceFile, 1);
  JsonObject *object = json_node_get_object (root);

  if (!take_format (object, error) || !take_all (object, self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * workspace_file_load:
 * @folder: the workspace's folder
 * @error: where to leave %DMC_ERROR_NOT_FOUND, %DMC_ERROR_INTEGRITY, %DMC_ERROR_UNSUPPORTED or
 *   %DMC_ERROR_IO
 *
 * Reads a workspace's description from its medium. Blocks on the medium.
 *
 * Returns: (transfer full): the description, or %NULL
 */
WorkspaceFile *
workspace_file_load (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, WORKSPACE_FILE_NAME, NULL);
  g_autoptr (GError) local = NULL;
  g_autofree char *data = NULL;
  gsize length = 0;

  if (read_file (path, WORKSPACE_FILE_MAX_SIZE, &data, &length, &local))
    return workspace_file_parse (data, length, error);

  if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
      g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND,
                                             "Check the folder; a workspace's folder ends in " WORKSPACE_SUFFIX ".",
                                             "There is no workspace in “%s”.", folder));
  else if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_INVAL))
    damaged (error, "it %s", local->message);
  else
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The workspace in “%s” cannot be read: %s.",
                                             folder, local->message));
  return NULL;
}

/**
 * workspace_file_new:
 * @name: the workspace's name
 * @mode: "shared" or "isolated"
 * @vault: "luks" or "none"
 * @size_bytes: what it may take; 0 for no limit
 *
 * Describes a new workspace, with an id of its own, made on this host now.
 *
 * Returns: (transfer full): the description
 */
WorkspaceFile *
workspace_file_new (const char *name, const char *mode, const char *vault, gint64 size_bytes)
{
  WorkspaceFile *self = g_new0 (WorkspaceFile, 1);

  self->id = g_uuid_string_random ();
  self->name = g_strdup (name);
  self->mode = g_strdup (mode);
  self->vault = g_strdup (vault);
  self->size_bytes = size_bytes;
  self->created_us = g_get_real_time ();
  self->base = host_fingerprint_new ();
  self->settings = default_settings (self);
  return self;
}

/**
 * workspace_file_is_isolated:
 * @self: the description
 *
 * Returns: whether it has a base system of its own, and shows nothing of the host
 */
gboolean
workspace_file_is_isolated (const WorkspaceFile *self)
{
  return g_str_equal (self->mode, "isolated");
}

/**
 * workspace_file_print:
 * @self: the description
 *
 * Returns: (transfer full): the text of its workspace.json
 */
char *
workspace_file_print (const WorkspaceFile *self)
{
  g_autoptr (GDateTime) created = g_date_time_new_from_unix_utc (self->created_us / G_USEC_PER_SEC);
  g_autofree char *created_text = g_date_time_format_iso8601 (created);
  JsonObject *base = dmc_json_object ("os_id:s", self->base->os_id, "os_version:s", self->base->os_version,
                                      "arch:s", self->base->arch, "libc:s", self->base->libc, NULL);
  g_autoptr (JsonNode) root = dmc_json_node ("format:i", (gint64) WORKSPACE_FILE_FORMAT, "id:s", self->id,
                                             "name:s", self->name, "created:s", created_text, "mode:s",
                                             self->mode, "vault:s", self->vault, "size_bytes:i",
                                             self->size_bytes, "base:o", base, "settings:o",
                                             workspace_settings_to_json (self->settings), NULL);

  if (self->suspended_us > 0)
    json_object_set_int_member (json_node_get_object (root), "suspended_us", self->suspended_us);
  return json_to_string (root, TRUE);
}

/**
 * workspace_file_save:
 * @self: the description
 * @folder: the workspace's folder, which exists
 * @error: where to leave %DMC_ERROR_IO or %DMC_ERROR_RESOURCE
 *
 * Writes workspace.json so that a power loss leaves the old or the new one, never half of one.
 * Blocks on the medium.
 */
gboolean
workspace_file_save (const WorkspaceFile *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, WORKSPACE_FILE_NAME, NULL);
  g_autofree char *text = workspace_file_print (self);
  g_autoptr (GError) local = NULL;

  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                0644, &local))
    return TRUE;
  if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC)) {
    GError *full = dmc_error_new (DMC_ERROR_RESOURCE, "Free some space on the medium, then try again.",
                                  "The workspace's description cannot be written: the medium is full.");

    dmc_error_set_data (full, "resource", json_node_init_string (json_node_alloc (), "disk"));
    g_propagate_error (error, full);
    return FALSE;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "Check that the medium is writable.",
                                           "The workspace's description cannot be written: %s.", local->message));
  return FALSE;
}

WorkspaceFile *
workspace_file_copy (const WorkspaceFile *self)
{
  WorkspaceFile *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->name = g_strdup (self->name);
  copy->mode = g_strdup (self->mode);
  copy->vault = g_strdup (self->vault);
  copy->base = host_fingerprint_copy (self->base);
  copy->settings = workspace_settings_copy (self->settings);
  return copy;
}

gboolean
workspace_file_equal (const WorkspaceFile *a, const WorkspaceFile *b)
{
  g_autofree char *a_text = workspace_file_print (a);
  g_autofree char *b_text = workspace_file_print (b);

  return g_str_equal (a_text, b_text);
}

void
workspace_file_free (WorkspaceFile *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->mode);
  g_free (self->vault);
  g_clear_pointer (&self->base, host_fingerprint_free);
  g_clear_pointer (&self->settings, workspace_settings_free);
  g_free (self);
}

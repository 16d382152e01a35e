/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads one desktop file with GKeyFile. GDesktopAppInfo is not used: it looks for the program in our
 * own PATH, while the program that counts is the one that the workspace sees. */
#include "apps/desktop-entry.h"

#include "rpc/error.h"
#include "storage/text.h"

#define GROUP G_KEY_FILE_DESKTOP_GROUP
/* What one field may take in a listing; longer text is cut, for no menu can show it. */
#define MAX_TEXT_CHARS 512
#define MAX_LIST_ITEMS 32
#define MAX_DELAY      86400
#define MAX_MIME_TYPES 512 /* an office suite names two hundred */

/* Makes outside text fit for one line of a listing: valid UTF-8, read as it is written, bounded. */
static char *
clean_text (char *text)
{
  g_autofree char *raw = text;

  if (raw == NULL)
    return g_strdup ("");

  g_autofree char *valid = g_utf8_make_valid (raw, -1);
  g_autoptr (GString) out = g_string_new (NULL);
  gsize n = 0;

  for (const char *p = valid; *p != '\0' && n < MAX_TEXT_CHARS; p = g_utf8_next_char (p), n++) {
    gunichar c = g_utf8_get_char (p);
    g_string_append_unichar (out, text_is_unruly (c) ? ' ' : c);
  }
  return g_strstrip (g_string_free (g_steal_pointer (&out), FALSE));
}

static char *
get_text (GKeyFile *file, const char *key)
{
  return clean_text (g_key_file_get_locale_string (file, GROUP, key, NULL, NULL));
}

static GStrv
get_list (GKeyFile *file, const char *key, gboolean localized, gsize most)
{
  g_auto (GStrv) raw = localized ? g_key_file_get_locale_string_list (file, GROUP, key, NULL, NULL, NULL)
                                 : g_key_file_get_string_list (file, GROUP, key, NULL, NULL);
  g_autoptr (GStrvBuilder) out = g_strv_builder_new ();

  for (gsize i = 0; raw != NULL && raw[i] != NULL && i < most; i++) {
    g_autofree char *item = clean_text (g_strdup (raw[i]));
    if (item[0] != '\0')
      g_strv_builder_add (out, item);
  }
  return g_strv_builder_end (out);
}

static char *
get_optional (GKeyFile *file, const char *key)
{
  g_autofree char *value = g_key_file_get_string (file, GROUP, key, NULL);

  return value == NULL || value[0] == '\0' ? NULL : g_steal_pointer (&value);
}

static gboolean
get_flag (GKeyFile *file, const char *key)
{
  return g_key_file_get_boolean (file, GROUP, key, NULL);
}

/* Made for another desktop only; ours goes by the name Domicile. */
static gboolean
is_foreign (GKeyFile *file)
{
  g_auto (GStrv) only = g_key_file_get_string_list (file, GROUP, "OnlyShowIn", NULL, NULL);
  g_auto (GStrv) never = g_key_file_get_string_list (file, GROUP, "NotShowIn", NULL, NULL);

  if (only != NULL && only[0] != NULL && !g_strv_contains ((const char *const *) only, "Domicile"))
    return TRUE;
  return never != NULL && g_strv_contains ((const char *const *) never, "Domicile");
}

static gboolean
refuse (GError **error, const char *id, const char *what)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL,
                                           "The desktop file “%s” %s.", id, what));
  return FALSE;
}

static gboolean
load (GKeyFile *file, const char *id, const char *data, gsize length, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (length > DESKTOP_ENTRY_MAX_SIZE)
    return refuse (error, id, "is too large");
  if (memchr (data, '\0', length) != NULL)
    return refuse (error, id, "is not text");
  if (!g_key_file_load_from_data (file, data, length, G_KEY_FILE_NONE, &local))
    return refuse (error, id, "cannot be read");
  g_autofree char *type = g_key_file_get_string (file, GROUP, "Type", NULL);
  if (g_strcmp0 (type, "Application") != 0)
    return refuse (error, id, "does not describe an application");
  return TRUE;
}

/**
 * desktop_entry_parse:
 * @id: the desktop file id
 * @path: the desktop file's path in the workspace
 * @data: (array length=length): its content, from anybody
 * @length: bytes in @data
 * @error: where to leave %DMC_ERROR_INTEGRITY
 *
 * Parses a desktop file of type Application.
 * See the Desktop Entry Specification 1.5, "Recognized desktop entry keys".
 *
 * Returns: (transfer full): the entry, or %NULL
 */
DesktopEntry *
desktop_entry_parse (const char *id, const char *path, const char *data, gsize length, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!load (file, id, data, length, error))
    return NULL;

  g_autoptr (DesktopEntry) self = g_new0 (DesktopEntry, 1);
  self->id = g_strdup (id);
  self->path = g_strdup (path);
  self->name = get_text (file, "Name");
  self->summary = get_text (file, "Comment");
  self->icon = get_text (file, "Icon");
  self->version = get_text (file, "X-AppVersion");
  self->exec = get_optional (file, "Exec");
  self->try_exec = get_optional (file, "TryExec");
  self->working_dir = get_optional (file, "Path");
  self->categories = get_list (file, "Categories", FALSE, MAX_LIST_ITEMS);
  self->keywords = get_list (file, "Keywords", TRUE, MAX_LIST_ITEMS);
  self->mime_types = get_list (file, "MimeType", FALSE, MAX_MIME_TYPES);
  self->terminal = get_flag (file, "Terminal");
  self->deleted = get_flag (file, "Hidden");
  self->foreign = is_foreign (file);
  self->autostart_off = g_key_file_has_key (file, GROUP, "X-GNOME-Autostart-enabled", NULL) && !get_flag (file, "X-GNOME-Autostart-enabled");
  self->autostart_condition = get_optional (file, "AutostartCondition");
  self->autostart_delay = (guint) CLAMP (g_key_file_get_integer (file, GROUP, "X-GNOME-Autostart-Delay", NULL), 0, MAX_DELAY);
  self->hidden = self->deleted || get_flag (file, "NoDisplay") || self->foreign;

  if (self->name[0] == '\0') {
    refuse (error, id, "has no name");
    return NULL;
  }
  if (self->exec == NULL && !self->deleted) {
    refuse (error, id, "names no command");
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
desktop_entry_free (DesktopEntry *self)
{
  g_free (self->id);
  g_free (self->path);
  g_free (self->name);
  g_free (self->summary);
  g_free (self->icon);
  g_free (self->icon_file);
  g_free (self->exec);
  g_free (self->try_exec);
  g_free (self->working_dir);
  g_free (self->version);
  g_free (self->autostart_condition);
  g_free (self->source);
  g_free (self->record);
  g_strfreev (self->categories);
  g_strfreev (self->keywords);
  g_strfreev (self->mime_types);
  g_free (self);
}

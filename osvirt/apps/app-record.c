/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/app-record.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "rpc/error.h"

#define GROUP "App"
/* Bounds on what a hostile workspace can make us read. */
#define MAX_RECORDS 4096
#define MAX_BYTES   (256 * 1024)
#define MAX_KEY     128

void
app_record_free (AppRecord *self)
{
  g_free (self->key);
  g_free (self->kind);
  g_free (self->name);
  g_free (self->version);
  g_free (self->summary);
  g_strfreev (self->desktop_files);
  g_strfreev (self->programs);
  g_free (self);
}

/* Whether @key is a folder's name that cannot climb: letters, digits, and . + - _ but for the first. */
gboolean
app_record_key_is_valid (const char *key)
{
  gsize length = strlen (key);

  return length > 0 && length <= MAX_KEY && g_ascii_isalnum (key[0])
         && strspn (key, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS ".+-_") == length;
}

static char *
take_text (GKeyFile *file, const char *name)
{
  char *value = g_key_file_get_value (file, GROUP, name, NULL);

  return value != NULL && g_utf8_validate (value, -1, NULL) ? value : (g_free (value), g_strdup (""));
}

static GStrv
take_list (GKeyFile *file, const char *name)
{
  GStrv list = g_key_file_get_string_list (file, GROUP, name, NULL, NULL);

  return list != NULL ? list : g_new0 (char *, 1);
}

/**
 * app_record_parse:
 * @key: the folder that it is in
 * @data: (array length=length): the file
 * @length: its length in bytes
 * @error: %DMC_ERROR_INTEGRITY
 *
 * Returns: (transfer full) (nullable): the record
 */
AppRecord *
app_record_parse (const char *key, const char *data, gsize length, GError **error)
{
  static const char *const kinds[] = { "deb", "appimage", "tarball", "bundle", NULL };
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *kind = NULL;
  AppRecord *self;

  if (g_key_file_load_from_data (file, data, length, G_KEY_FILE_NONE, NULL))
    kind = g_key_file_get_value (file, GROUP, "Kind", NULL);
  if (kind == NULL || !g_strv_contains (kinds, kind)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "The record of “%s” is damaged.", key));
    return NULL;
  }
  self = g_new0 (AppRecord, 1);
  self->key = g_strdup (key);
  self->kind = g_steal_pointer (&kind);
  self->name = take_text (file, "Name");
  self->version = take_text (file, "Version");
  self->summary = take_text (file, "Summary");
  self->size_bytes = g_key_file_get_uint64 (file, GROUP, "Bytes", NULL);
  self->desktop_files = take_list (file, "DesktopFiles");
  self->programs = take_list (file, "Programs");
  return self;
}

static AppRecord *
read_one (const RootDir *root, const char *key)
{
  g_autofree char *path = g_build_filename (APP_RECORDS, key, "record", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize length = 0;
  AppRecord *record = NULL;

  if (app_record_key_is_valid (key) && root_dir_read (root, path, MAX_BYTES, &data, &length, &error))
    record = app_record_parse (key, data, length, &error);
  if (error != NULL)
    g_message ("%s: %s", path, error->message);
  return record;
}

/**
 * app_records_read:
 * @root: a workspace's root
 *
 * Reads what has been installed in the workspace; what is damaged is left out. Blocks on the medium.
 *
 * Returns: (transfer full) (element-type AppRecord): in no order
 */
GPtrArray *
app_records_read (const RootDir *root)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) app_record_free);
  int fd = root_dir_open (root, APP_RECORDS, O_RDONLY | O_DIRECTORY);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL) {
    if (fd >= 0)
      close (fd);
    return records;
  }
  while (records->len < MAX_RECORDS && (entry = readdir (dir)) != NULL) {
    AppRecord *record = entry->d_name[0] != '.' ? read_one (root, entry->d_name) : NULL;
    if (record != NULL)
      g_ptr_array_add (records, record);
  }
  closedir (dir);
  return records;
}

/* Returns: (transfer none) (nullable): the app with the key @id, or with a menu entry of that id */
AppRecord *
app_records_find (GPtrArray *records, const char *id)
{
  for (guint i = 0; i < records->len; i++) {
    AppRecord *record = g_ptr_array_index (records, i);

    if (g_str_equal (record->key, id))
      return record;
    for (gsize j = 0; record->desktop_files[j] != NULL; j++) {
      g_autofree char *name = g_path_get_basename (record->desktop_files[j]);
      g_autofree char *full = g_str_has_suffix (id, ".desktop") ? g_strdup (id) : g_strconcat (id, ".desktop", NULL);
      if (g_str_equal (name, full))
        return record;
    }
  }
  return NULL;
}

/* Returns: (transfer none) (nullable): the app that has brought the menu entry at that path */
AppRecord *
app_records_owner (GPtrArray *records, const char *desktop_file)
{
  for (guint i = 0; i < records->len; i++) {
    AppRecord *record = g_ptr_array_index (records, i);
    if (g_strv_contains ((const char *const *) record->desktop_files, desktop_file))
      return record;
  }
  return NULL;
}

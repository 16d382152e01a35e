/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/store-file.h"

#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/read-file.h"

#define FILE_NAME "workspaces.json"
#define FORMAT    1
#define MAX_SIZE  (1024 * 1024)

static void
known_free (KnownWorkspace *known)
{
  g_free (known->id);
  g_free (known->name);
  g_free (known->path);
  g_free (known);
}

StoreFile *
store_file_new (void)
{
  StoreFile *self = g_new0 (StoreFile, 1);

  self->known = g_ptr_array_new_with_free_func ((GDestroyNotify) known_free);
  self->creating = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
store_file_free (StoreFile *self)
{
  g_ptr_array_unref (self->known);
  g_ptr_array_unref (self->creating);
  g_free (self);
}

void
store_file_add (StoreFile *self, const char *id, const char *name, const char *path)
{
  KnownWorkspace *known = g_new0 (KnownWorkspace, 1);

  known->id = g_strdup (id);
  known->name = g_strdup (name);
  known->path = g_strdup (path);
  g_ptr_array_add (self->known, known);
}

static void
take_known (StoreFile *self, JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *id = object != NULL ? dmc_json_get_string (object, "id", NULL) : NULL;
  const char *path = object != NULL ? dmc_json_get_string (object, "path", NULL) : NULL;

  if (id != NULL && g_uuid_string_is_valid (id) && path != NULL && g_path_is_absolute (path))
    store_file_add (self, id, dmc_json_get_string (object, "name", ""), path);
}

static StoreFile *
parse (const char *data, gsize length, GError **error)
{
  g_autoptr (JsonNode) root = dmc_json_parse (data, (gssize) length, error);

  if (root == NULL)
    return NULL;
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (object == NULL || dmc_json_get_int (object, "format", 0) != FORMAT) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not a list of workspaces");
    return NULL;
  }

  StoreFile *self = store_file_new ();
  JsonArray *known = dmc_json_get_array (object, "workspaces");
  JsonArray *creating = dmc_json_get_array (object, "creating");
  for (guint i = 0; known != NULL && i < json_array_get_length (known); i++)
    take_known (self, json_array_get_element (known, i));
  for (guint i = 0; creating != NULL && i < json_array_get_length (creating); i++) {
    JsonNode *node = json_array_get_element (creating, i);
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      g_ptr_array_add (self->creating, json_node_dup_string (node));
  }
  return self;
}

/**
 * store_file_load:
 * @state_dir: the agent's state folder
 * @error: where to leave what is wrong with the file
 *
 * Reads the list; a missing file is an empty list.
 *
 * Returns: (transfer full): the list, or %NULL
 */
StoreFile *
store_file_load (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, FILE_NAME, NULL);
  g_autofree char *data = NULL;
  g_autoptr (GError) local = NULL;
  gsize length = 0;

  if (read_file (path, MAX_SIZE, &data, &length, &local))
    return parse (data, length, error);
  if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return store_file_new ();
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* Writes the list so that a power loss leaves the old or the new one. */
gboolean
store_file_save (const StoreFile *self, const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, FILE_NAME, NULL);
  JsonArray *known = json_array_new ();
  JsonArray *creating = json_array_new ();

  for (guint i = 0; i < self->known->len; i++) {
    KnownWorkspace *one = g_ptr_array_index (self->known, i);
    json_array_add_element (
        known, dmc_json_node ("id:s", one->id, "name:s", one->name, "path:s", one->path, NULL));
  }
  for (guint i = 0; i < self->creating->len; i++)
    json_array_add_string_element (creating, g_ptr_array_index (self->creating, i));

  g_autoptr (JsonNode) root =
      dmc_json_node ("format:i", (gint64) FORMAT, "workspaces:a", known, "creating:a", creating, NULL);
  g_autofree char *text = json_to_string (root, TRUE);
  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

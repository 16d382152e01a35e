/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/launch-list.h"

#include <json-glib/json-glib.h>

#include "rpc/error.h"
#include "rpc/json.h"

#define FORMAT 1
/* No menu shows more; the oldest are forgotten. */
#define MAX_RECENT     64
#define MAX_FAVOURITES 256
#define MAX_ID_BYTES   512

struct _LaunchList {
  GPtrArray *favourites; /* of char *, in the order in which they were chosen */
  GHashTable *launched;  /* id to gint64 *, microseconds since 1970 UTC */
  gint64 newest_us;
};

LaunchList *
launch_list_new (void)
{
  LaunchList *self = g_new0 (LaunchList, 1);

  self->favourites = g_ptr_array_new_with_free_func (g_free);
  self->launched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
launch_list_free (LaunchList *self)
{
  g_ptr_array_unref (self->favourites);
  g_hash_table_unref (self->launched);
  g_free (self);
}

static gboolean
is_id (const char *app)
{
  return app != NULL && app[0] != '\0' && strlen (app) <= MAX_ID_BYTES;
}

static void
take_time (LaunchList *self, const char *app, gint64 time_us)
{
  if (!is_id (app) || time_us <= 0)
    return;
  g_hash_table_replace (self->launched, g_strdup (app), g_memdup2 (&time_us, sizeof time_us));
  self->newest_us = MAX (self->newest_us, time_us);
}

static void
forget_oldest (LaunchList *self)
{
  while (g_hash_table_size (self->launched) > MAX_RECENT) {
    const char *oldest = NULL;
    gint64 oldest_us = G_MAXINT64;
    GHashTableIter iter;
    gpointer app, time_us;

    g_hash_table_iter_init (&iter, self->launched);
    while (g_hash_table_iter_next (&iter, &app, &time_us))
      if (oldest == NULL || *(gint64 *) time_us < oldest_us) {
        oldest = app;
        oldest_us = *(gint64 *) time_us;
      }
    g_hash_table_remove (self->launched, oldest);
  }
}

/**
 * launch_list_parse:
 * @data: (array length=length): the file, from a medium that anybody may have written
 * @length: bytes in @data
 * @error: where to leave %DMC_ERROR_INTEGRITY
 *
 * What makes no sense in it is left out.
 *
 * Returns: (transfer full) (nullable): the list
 */
LaunchList *
launch_list_parse (const char *data, gsize length, GError **error)
{
  g_autoptr (JsonNode) root = dmc_json_parse (data, (gssize) length, NULL);
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  LaunchList *self;

  if (object == NULL || dmc_json_get_int (object, "format", 0) != FORMAT) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "The list of favourite and recent apps is damaged."));
    return NULL;
  }
  JsonArray *favourites = dmc_json_get_array (object, "favourites");
  JsonArray *recent = dmc_json_get_array (object, "recent");
  self = launch_list_new ();
  for (guint i = 0; favourites != NULL && i < json_array_get_length (favourites); i++) {
    JsonNode *node = json_array_get_element (favourites, i);
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      launch_list_set_favourite (self, json_node_get_string (node), TRUE);
  }
  for (guint i = 0; recent != NULL && i < json_array_get_length (recent); i++) {
    JsonNode *node = json_array_get_element (recent, i);
    if (JSON_NODE_HOLDS_OBJECT (node))
      take_time (self, dmc_json_get_string (json_node_get_object (node), "app", NULL),
                 dmc_json_get_int (json_node_get_object (node), "launched_us", 0));
  }
  forget_oldest (self);
  return self;
}

/**
 * launch_list_print:
 * @self: the list
 *
 * Returns: (transfer full): the text of its file
 */
char *
launch_list_print (const LaunchList *self)
{
  JsonArray *favourites = json_array_new (), *recent = json_array_new ();
  g_autoptr (JsonNode) root = NULL;
  GHashTableIter iter;
  gpointer app, time_us;

  for (guint i = 0; i < self->favourites->len; i++)
    json_array_add_string_element (favourites, g_ptr_array_index (self->favourites, i));
  g_hash_table_iter_init (&iter, self->launched);
  while (g_hash_table_iter_next (&iter, &app, &time_us))
    json_array_add_element (recent, dmc_json_node ("app:s", app, "launched_us:i", *(gint64 *) time_us, NULL));
  root = dmc_json_node ("format:i", (gint64) FORMAT, "favourites:a", favourites, "recent:a", recent, NULL);
  return json_to_string (root, TRUE);
}

gboolean
launch_list_is_favourite (const LaunchList *self, const char *app)
{
  return g_ptr_array_find_with_equal_func (self->favourites, app, g_str_equal, NULL);
}

/**
 * launch_list_set_favourite:
 * @self: the list
 * @app: an app's id
 * @favourite: what it shall be
 *
 * Returns: whether that changed something; not where there are too many favourites already
 */
gboolean
launch_list_set_favourite (LaunchList *self, const char *app, gboolean favourite)
{
  guint at = 0;
  gboolean is = g_ptr_array_find_with_equal_func (self->favourites, app, g_str_equal, &at);

  if (is == favourite || !is_id (app) || (favourite && self->favourites->len >= MAX_FAVOURITES))
    return FALSE;
  if (favourite)
    g_ptr_array_add (self->favourites, g_strdup (app));
  else
    g_ptr_array_remove_index (self->favourites, at);
  return TRUE;
}

/* Returns: when the app was started last, microseconds since 1970 UTC; 0: never, or long ago */
gint64
launch_list_get_launched (const LaunchList *self, const char *app)
{
  const gint64 *time_us = g_hash_table_lookup (self->launched, app);

  return time_us != NULL ? *time_us : 0;
}

/**
 * launch_list_note:
 * @self: the list
 * @app: an app that was started
 * @now_us: what this host's clock says
 *
 * The order holds on a host whose clock is behind that of the last one, too: nothing is older than what was before it.
 */
void
launch_list_note (LaunchList *self, const char *app, gint64 now_us)
{
  take_time (self, app, MAX (now_us, self->newest_us < G_MAXINT64 ? self->newest_us + 1 : now_us));
  forget_oldest (self);
}

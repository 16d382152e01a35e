/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-summary.h"

#include <glib/gi18n.h>
#include "rows.h"
#include "rpc/json.h"

/* "home_t, secret_t, …" of a list or an object's members */
static char *
list_names (JsonNode *node)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  JsonObjectIter iter;
  const char *member;

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    for (guint i = 0; i < json_array_get_length (array); i++) {
      JsonNode *element = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING)
        g_ptr_array_add (names, json_node_dup_string (element));
    }
  } else if (node != NULL && JSON_NODE_HOLDS_OBJECT (node)) {
    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &member, NULL))
      g_ptr_array_add (names, g_strdup (member));
  }
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **)names->pdata);
}

static void
add_row (GtkListBox *list, const char *title, const char *text)
{
  gtk_container_add (
      GTK_CONTAINER (list),
      dmc_row_new (title, text != NULL && *text != '\0' ? text : _ ("none"), NULL, NULL));
}

static void
add_names (GtkListBox *list, const char *title, JsonObject *object, const char *member)
{
  g_autofree char *names
      = list_names (object != NULL ? json_object_get_member (object, member) : NULL);

  add_row (list, title, names);
}

static void
add_rules (GtkListBox *list, JsonObject *te)
{
  JsonArray *rules = dmc_json_get_array (te, "allow");
  guint n = rules != NULL ? json_array_get_length (rules) : 0;
  g_autofree char *text = g_strdup_printf (ngettext ("%u rule", "%u rules", n), n);

  add_row (list, _ ("Rules"), text);
}

static void
add_conflict_classes (GtkListBox *list, JsonObject *wall)
{
  JsonArray *classes = dmc_json_get_array (wall, "classes");

  for (guint i = 0; classes != NULL && i < json_array_get_length (classes); i++) {
    JsonObject *conflict = json_array_get_object_element (classes, i);
    /* TRANSLATORS: the name of a set of datasets that compete with each other */
    g_autofree char *title
        = g_strdup_printf (_ ("Conflict class “%s”"), dmc_json_get_string (conflict, "name", ""));

    add_names (list, title, conflict, "datasets");
  }
}

void
dmc_policy_summary_fill (GtkListBox *list, JsonObject *policy)
{
  JsonObject *te = dmc_json_get_object (policy, "te");
  JsonObject *blp = dmc_json_get_object (policy, "blp");
  JsonObject *labels = dmc_json_get_object (policy, "labels");

  dmc_rows_clear (list);
  add_names (list, _ ("Subjects"), labels, "subjects");
  add_names (list, _ ("Objects"), labels, "objects");
  if (te != NULL) {
    add_names (list, _ ("Types"), te, "types");
    add_rules (list, te);
  }
  if (blp != NULL) {
    add_names (list, _ ("Confidentiality levels, lowest first"), blp, "levels");
    add_names (list, _ ("Categories"), blp, "categories");
  }
  if (dmc_json_get_object (policy, "biba") != NULL)
    add_names (list, _ ("Integrity levels, lowest first"), dmc_json_get_object (policy, "biba"),
               "levels");
  add_conflict_classes (list, dmc_json_get_object (policy, "chinese_wall"));
}

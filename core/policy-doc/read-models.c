/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members "blp", "biba" and "chinese_wall". */
#include "policy-doc/document-private.h"

void
dmc_policy_read_blp (DmcPolicyReader *self, JsonObject *blp)
{
  static const char *const known[] = { "levels", "categories", "description", NULL };
  DmcPolicyDocument *document = self->document;

  dmc_policy_reader_check_members (self, blp, known);
  dmc_policy_reader_declare (self, blp, "levels", document->levels, "level", POL_MAX_LEVELS);
  dmc_policy_reader_declare (self, blp, "categories", document->categories, "category",
                             POL_MAX_CATEGORIES);
}

void
dmc_policy_read_biba (DmcPolicyReader *self, JsonObject *biba)
{
  static const char *const known[] = { "levels", "mode", "description", NULL };
  DmcPolicyDocument *document = self->document;
  const char *mode;
  gsize where;

  dmc_policy_reader_check_members (self, biba, known);
  dmc_policy_reader_declare (self, biba, "levels", document->integrity, "integrity level",
                             POL_MAX_LEVELS);
  if (!json_object_has_member (biba, "mode"))
    return;
  where = dmc_policy_reader_enter_member (self, "mode");
  mode = dmc_policy_reader_string (self, json_object_get_member (biba, "mode"));
  document->low_water_mark = g_strcmp0 (mode, "low-water-mark") == 0;
  if (mode != NULL && !document->low_water_mark && !g_str_equal (mode, "strict"))
    dmc_policy_reader_error (self, "There is no mode “%s”: it is “strict” or “low-water-mark”.",
                             mode);
  dmc_policy_reader_leave (self, where);
}

/* A dataset may be in several classes, and then competes with all of their others. */
static void
read_dataset (DmcPolicyReader *self, JsonNode *node, GArray *datasets)
{
  DmcPolicyNames *names = self->document->datasets;
  const char *name = dmc_policy_reader_name (self, node);
  guint16 dataset;
  int id;

  if (name == NULL)
    return;
  id = dmc_policy_names_find (names, name);
  if (id < 0 && dmc_policy_names_count (names) >= POL_MAX_DATASETS) {
    dmc_policy_reader_error (self, "There can be at most %d datasets.", POL_MAX_DATASETS);
    return;
  }
  if (id < 0)
    id = dmc_policy_names_add (names, name);
  dataset = (guint16)id;
  for (guint i = 0; i < datasets->len; i++) {
    if (g_array_index (datasets, guint16, i) == dataset) {
      dmc_policy_reader_error (self, "The dataset “%s” is in this class twice.", name);
      return;
    }
  }
  g_array_append_val (datasets, dataset);
}

static void
read_conflict_class (DmcPolicyReader *self, JsonNode *node, DmcPolicyNames *names)
{
  static const char *const known[] = { "name", "datasets", "description", NULL };
  JsonObject *object = dmc_policy_reader_object (self, node);
  GArray *datasets;
  const char *name;
  JsonArray *array;
  gsize where;

  if (object == NULL)
    return;
  dmc_policy_reader_check_members (self, object, known);
  where = dmc_policy_reader_enter_member (self, "name");
  name = dmc_policy_reader_name (self, json_object_get_member (object, "name"));
  if (name != NULL && dmc_policy_names_add (names, name) < 0)
    dmc_policy_reader_error (self, "The conflict class “%s” is declared twice.", name);
  dmc_policy_reader_leave (self, where);

  datasets = g_array_new (FALSE, FALSE, sizeof (guint16));
  g_ptr_array_add (self->document->conflict_classes, datasets);
  where = dmc_policy_reader_enter_member (self, "datasets");
  array = dmc_policy_reader_array (self, json_object_get_member (object, "datasets"));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);

    read_dataset (self, json_array_get_element (array, i), datasets);
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
}

void
dmc_policy_read_chinese_wall (DmcPolicyReader *self, JsonObject *wall)
{
  static const char *const known[] = { "classes", "description", NULL };
  g_autoptr (DmcPolicyNames) names = dmc_policy_names_new ();
  gsize where = dmc_policy_reader_enter_member (self, "classes");
  JsonArray *array = NULL;

  if (json_object_has_member (wall, "classes"))
    array = dmc_policy_reader_array (self, json_object_get_member (wall, "classes"));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);

    read_conflict_class (self, json_array_get_element (array, i), names);
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
  dmc_policy_reader_check_members (self, wall, known);
}

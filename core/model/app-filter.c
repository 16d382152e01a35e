/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/app-filter.h"

#include "model/word-search.h"

struct _DmcAppFilter {
  GObject parent_instance;

  DmcAppList *apps;
  GPtrArray  *watched; /* of DmcApp: all of them, to hear their changes */
  GPtrArray  *shown;   /* of DmcApp */
  char       *section;
  char       *search;
};

static void dmc_app_filter_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DmcAppFilter, dmc_app_filter, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, dmc_app_filter_list_model_init))

static GType
dmc_app_filter_get_item_type (GListModel *model)
{
  return DMC_TYPE_APP;
}

static guint
dmc_app_filter_get_n_items (GListModel *model)
{
  return DMC_APP_FILTER (model)->shown->len;
}

static gpointer
dmc_app_filter_get_item (GListModel *model, guint position)
{
  GPtrArray *shown = DMC_APP_FILTER (model)->shown;

  return position < shown->len ? g_object_ref (g_ptr_array_index (shown, position)) : NULL;
}

static void
dmc_app_filter_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = dmc_app_filter_get_item_type;
  iface->get_n_items = dmc_app_filter_get_n_items;
  iface->get_item = dmc_app_filter_get_item;
}

/* --- what is in and in which order -------------------------------------------------------------------------------- */

static gboolean
is_in (DmcApp *app, const char *section)
{
  if (g_str_equal (section, DMC_APP_SECTION_ALL))
    return TRUE;
  if (g_str_equal (section, DMC_APP_SECTION_FAVOURITES))
    return dmc_app_is_favourite (app);
  if (g_str_equal (section, DMC_APP_SECTION_RECENT))
    return dmc_app_get_launched (app) > 0;
  if (g_str_equal (section, DMC_APP_SECTION_RUNNING))
    return dmc_app_is_running (app);
  return g_strcmp0 (dmc_app_get_category (app), section) == 0;
}

/* How well it fits what is typed: its name's beginning, a word of its name, or anything else. */
static int
rank (DmcApp *app, const char *search)
{
  const char *name = dmc_app_get_name (app);

  if (name == NULL)
    return 2;
  return dmc_word_search_begins (search, name) ? 0 : dmc_word_search_matches (search, name) ? 1 : 2;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  DmcAppFilter *self = user_data;
  DmcApp *x = *(DmcApp *const *) a, *y = *(DmcApp *const *) b;
  gint64 x_us = dmc_app_get_launched (x), y_us = dmc_app_get_launched (y);
  int order = 0;

  if (self->search[0] != '\0')
    order = rank (x, self->search) - rank (y, self->search);
  if (order == 0 && g_str_equal (self->section, DMC_APP_SECTION_RECENT))
    return x_us != y_us ? (x_us < y_us ? 1 : -1) : dmc_item_compare (DMC_ITEM (x), DMC_ITEM (y));
  if (order == 0)
    order = (int) dmc_app_is_favourite (y) - (int) dmc_app_is_favourite (x);
  return order != 0 ? order : dmc_item_compare (DMC_ITEM (x), DMC_ITEM (y));
}

static GPtrArray *
choose (DmcAppFilter *self)
{
  GPtrArray *chosen = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->watched->len; i++) {
    DmcApp *app = g_ptr_array_index (self->watched, i);

    if (is_in (app, self->section) && (self->search[0] == '\0' || dmc_app_matches (app, self->search)))
      g_ptr_array_add (chosen, g_object_ref (app));
  }
  g_ptr_array_sort_with_data (chosen, compare, self);
  return chosen;
}

/* Tells only of the stretch that is different, so that a view keeps what stays. */
static void
refresh (DmcAppFilter *self)
{
  g_autoptr (GPtrArray) before = self->shown;
  guint same = 0, tail = 0, shorter;

  self->shown = choose (self);
  shorter = MIN (before->len, self->shown->len);
  while (same < shorter && before->pdata[same] == self->shown->pdata[same])
    same++;
  while (tail < shorter - same
         && before->pdata[before->len - 1 - tail] == self->shown->pdata[self->shown->len - 1 - tail])
    tail++;
  if (same < before->len || same < self->shown->len)
    g_list_model_items_changed (G_LIST_MODEL (self), same, before->len - same - tail, self->shown->len - same - tail);
}

static void
unwatch (gpointer data, gpointer self)
{
  g_signal_handlers_disconnect_by_data (data, self);
}

static void
on_items_changed (GListModel *apps, guint position, guint removed, guint added, DmcAppFilter *self)
{
  static const char *const signals[] = { "notify::name", "notify::is-favourite", "notify::launched-us", "notify::is-running" };

  for (guint i = 0; i < removed; i++)
    unwatch (g_ptr_array_index (self->watched, position + i), self);
  if (removed > 0)
    g_ptr_array_remove_range (self->watched, position, removed);
  for (guint i = 0; i < added; i++) {
    DmcApp *app = g_list_model_get_item (apps, position + i);

    g_ptr_array_insert (self->watched, (int) (position + i), app);
    for (gsize j = 0; j < G_N_ELEMENTS (signals); j++)
      g_signal_connect_swapped (app, signals[j], G_CALLBACK (refresh), self);
  }
  refresh (self);
}

static void
dmc_app_filter_finalize (GObject *object)
{
  DmcAppFilter *self = DMC_APP_FILTER (object);

  g_ptr_array_foreach (self->watched, unwatch, self);
  g_signal_handlers_disconnect_by_data (self->apps, self);
  g_ptr_array_unref (self->watched);
  g_ptr_array_unref (self->shown);
  g_object_unref (self->apps);
  g_free (self->section);
  g_free (self->search);
  G_OBJECT_CLASS (dmc_app_filter_parent_class)->finalize (object);
}

static void
dmc_app_filter_class_init (DmcAppFilterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_app_filter_finalize;
}

static void
dmc_app_filter_init (DmcAppFilter *self)
{
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
  self->section = g_strdup (DMC_APP_SECTION_ALL);
  self->search = g_strdup ("");
}

/**
 * dmc_app_filter_new:
 * @apps: the apps of a workspace
 *
 * Returns: (transfer full): all of them, until a section is set or something is searched
 */
DmcAppFilter *
dmc_app_filter_new (DmcAppList *apps)
{
  DmcAppFilter *self = g_object_new (DMC_TYPE_APP_FILTER, NULL);

  self->apps = g_object_ref (apps);
  g_signal_connect (apps, "items-changed", G_CALLBACK (on_items_changed), self);
  on_items_changed (G_LIST_MODEL (apps), 0, 0, dmc_item_list_get_n_items (DMC_ITEM_LIST (apps)), self);
  return self;
}

/**
 * dmc_app_filter_set_section:
 * @self: the filter
 * @section: one of DMC_APP_SECTION_*, or the id of a main category
 */
void
dmc_app_filter_set_section (DmcAppFilter *self, const char *section)
{
  g_autofree char *before = self->section;

  self->section = g_strdup (section);
  if (!g_str_equal (before, section))
    refresh (self);
}

/**
 * dmc_app_filter_get_section:
 * @self: the filter
 *
 * Returns: (transfer none): the section
 */
const char *
dmc_app_filter_get_section (DmcAppFilter *self)
{
  return self->section;
}

/**
 * dmc_app_filter_set_search:
 * @self: the filter
 * @words: what the user typed
 */
void
dmc_app_filter_set_search (DmcAppFilter *self, const char *words)
{
  g_autofree char *before = self->search;

  self->search = g_strstrip (g_strdup (words));
  if (!g_str_equal (before, self->search))
    refresh (self);
}

/**
 * dmc_app_filter_count:
 * @self: the filter
 * @section: a section
 *
 * Returns: how many apps are in that section, whatever is searched
 */
guint
dmc_app_filter_count (DmcAppFilter *self, const char *section)
{
  guint n = 0;

  for (guint i = 0; i < self->watched->len; i++)
    n += is_in (g_ptr_array_index (self->watched, i), section);
  return n;
}

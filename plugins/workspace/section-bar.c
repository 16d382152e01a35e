/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "section-bar.h"

#include <glib/gi18n.h>

#include "app-category.h"

struct _DmcSectionBar {
  GtkBox parent_instance;

  GHashTable *known; /* categories that the chooser has already */
  gboolean settling; /* one chooser is being set because of the other */

  GtkToggleButton *all;
  GtkToggleButton *favourites;
  GtkToggleButton *recent;
  GtkToggleButton *running;
  GtkComboBoxText *category;
};

G_DEFINE_FINAL_TYPE (DmcSectionBar, dmc_section_bar, GTK_TYPE_BOX)

enum { CHANGED, FAVOURITE_DROPPED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
emit_changed (DmcSectionBar *self)
{
  if (!self->settling)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* A category is one of all: the two choosers never contradict each other. */
static void
on_toggled (DmcSectionBar *self, GtkToggleButton *button)
{
  gboolean was = self->settling;

  if (!gtk_toggle_button_get_active (button) || self->category == NULL)
    return;
  self->settling = TRUE;
  if (button != self->all)
    gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->category), "");
  self->settling = was;
  emit_changed (self);
}

static void
on_category_changed (DmcSectionBar *self)
{
  gboolean was = self->settling;
  const char *category = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->category));

  if (self->all == NULL)
    return; /* while the template is built */
  self->settling = TRUE;
  if (category != NULL && *category != '\0')
    gtk_toggle_button_set_active (self->all, TRUE);
  self->settling = was;
  emit_changed (self);
}

static void
on_dropped (GtkWidget *widget, GdkDragContext *context, int x, int y, GtkSelectionData *data, guint info, guint time,
            DmcSectionBar *self)
{
  const guchar *bytes = gtk_selection_data_get_data (data);
  int length = gtk_selection_data_get_length (data);
  g_autofree char *app = length > 0 ? g_strndup ((const char *)bytes, (gsize)length) : NULL;

  if (app != NULL)
    g_signal_emit (self, signals[FAVOURITE_DROPPED], 0, app);
}

static void
dmc_section_bar_finalize (GObject *object)
{
  g_hash_table_unref (DMC_SECTION_BAR (object)->known);
  G_OBJECT_CLASS (dmc_section_bar_parent_class)->finalize (object);
}

static void
dmc_section_bar_class_init (DmcSectionBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_section_bar_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[FAVOURITE_DROPPED] = g_signal_new ("favourite-dropped", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/domicile/Console/workspace/section-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcSectionBar, all);
  gtk_widget_class_bind_template_child (widget_class, DmcSectionBar, favourites);
  gtk_widget_class_bind_template_child (widget_class, DmcSectionBar, recent);
  gtk_widget_class_bind_template_child (widget_class, DmcSectionBar, running);
  gtk_widget_class_bind_template_child (widget_class, DmcSectionBar, category);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_category_changed);
}

static void
dmc_section_bar_init (DmcSectionBar *self)
{
  static const GtkTargetEntry targets[] = { { (char *)DMC_APP_DRAG_TARGET, GTK_TARGET_SAME_APP, 0 } };

  self->known = g_hash_table_new (g_str_hash, g_str_equal);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drag_dest_set (GTK_WIDGET (self->favourites), GTK_DEST_DEFAULT_ALL, targets, G_N_ELEMENTS (targets), GDK_ACTION_LINK);
  g_signal_connect (self->favourites, "drag-data-received", G_CALLBACK (on_dropped), self);
}

/**
 * dmc_section_bar_get_section:
 * @self: the bar
 *
 * Returns: (transfer none): what to show, as dmc_app_filter_set_section() takes it
 */
const char *
dmc_section_bar_get_section (DmcSectionBar *self)
{
  const char *category = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->category));

  if (gtk_toggle_button_get_active (self->favourites))
    return DMC_APP_SECTION_FAVOURITES;
  if (gtk_toggle_button_get_active (self->recent))
    return DMC_APP_SECTION_RECENT;
  if (gtk_toggle_button_get_active (self->running))
    return DMC_APP_SECTION_RUNNING;
  return category != NULL ? category : DMC_APP_SECTION_ALL;
}

/* Whether it is one of the categories that is shown. */
gboolean
dmc_section_bar_is_category (DmcSectionBar *self)
{
  return gtk_combo_box_get_active (GTK_COMBO_BOX (self->category)) > 0;
}

/* Where a category is listed by its name; the first entry is for all of them. */
static int
place_for (DmcSectionBar *self, const char *text)
{
  GtkTreeModel *model = gtk_combo_box_get_model (GTK_COMBO_BOX (self->category));
  GtkTreeIter iter;
  int place = 1;

  for (; gtk_tree_model_iter_nth_child (model, &iter, NULL, place); place++) {
    g_autofree char *other = NULL;

    gtk_tree_model_get (model, &iter, 0, &other, -1);
    if (g_utf8_collate (other, text) > 0)
      break;
  }
  return place;
}

/**
 * dmc_section_bar_add_category:
 * @self: the bar
 * @category: a main category that an app is in; a static string
 */
void
dmc_section_bar_add_category (DmcSectionBar *self, const char *category)
{
  const char *text = dmc_app_category_text (category);

  if (g_hash_table_add (self->known, (gpointer)category))
    gtk_combo_box_text_insert (self->category, place_for (self, text), category, text);
}

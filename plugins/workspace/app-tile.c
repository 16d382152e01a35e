/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app-tile.h"

#include <glib/gi18n.h>
#include <handy.h>

struct _DmcAppTile {
  GtkFlowBoxChild parent_instance;

  DmcApp *app;
  gboolean starting; /* asked to start, not answered yet */

  GtkImage *icon;
  GtkWidget *star;
  GtkWidget *avatar; /* stands in where there is no icon */
  GtkLabel *name;
  GtkWidget *mark;
  GtkWidget *mark_icon;
  GtkLabel *mark_label;
};

G_DEFINE_FINAL_TYPE (DmcAppTile, dmc_app_tile, GTK_TYPE_FLOW_BOX_CHILD)

static char *
mark_text (DmcAppTile *self)
{
  guint n;

  if (self->starting)
    return g_strdup (_ ("Starting…"));
  g_object_get (self->app, "n-running", &n, NULL);
  if (n > 1)
    return g_strdup_printf (g_dngettext (NULL, "Running (%u)", "Running (%u)", n), n);
  return g_strdup (n == 1 ? _ ("Running") : "");
}

static void
update_mark (DmcAppTile *self)
{
  g_autofree char *text = mark_text (self);
  gboolean favourite = dmc_app_is_favourite (self->app);
  g_autofree char *spoken = g_strconcat (dmc_app_get_name (self->app), favourite ? ", " : "", favourite ? _ ("favourite") : "",
                                         *text != '\0' ? ", " : "", text, NULL);

  gtk_label_set_text (self->mark_label, text);
  /* Transparent, not hidden: a tile keeps its height when the app starts. */
  gtk_widget_set_opacity (self->mark, *text != '\0' ? 1 : 0);
  gtk_widget_set_visible (self->mark_icon, dmc_app_is_running (self->app));
  gtk_widget_set_visible (self->star, favourite);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), spoken);
}

/* How much of a streamed app has been read so far. NULL: it is all there. */
static char *
stream_text (DmcApp *app)
{
  g_autofree char *whole = NULL, *here = NULL;
  gint64 streamed, present;

  if (!dmc_app_is_streamed (app))
    return NULL;
  g_object_get (app, "streamed-bytes", &streamed, "present-bytes", &present, NULL);
  whole = g_format_size_full ((guint64)streamed, G_FORMAT_SIZE_IEC_UNITS);
  here = g_format_size_full ((guint64)present, G_FORMAT_SIZE_IEC_UNITS);
  /* TRANSLATORS: sizes; what has been read of an app is in the workspace, the rest comes from a server */
  return g_strdup_printf (_ ("Streamed: %s of %s are here"), here, whole);
}

/* Its whole name, what it is, which label holds it, and how much of it is here. */
static void
update_tooltip (DmcAppTile *self)
{
  const char *summary = dmc_app_get_summary (self->app);
  g_autofree char *subject = NULL, *label = NULL, *stream = stream_text (self->app), *text = NULL;
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  g_object_get (self->app, "subject", &subject, NULL);
  if (subject != NULL) /* TRANSLATORS: an app's label in the access policy */
    label = g_strdup_printf (_ ("Label: %s"), subject);
  g_strv_builder_add (lines, dmc_app_get_name (self->app));
  if (summary != NULL && *summary != '\0')
    g_strv_builder_add (lines, summary);
  if (label != NULL)
    g_strv_builder_add (lines, label);
  if (stream != NULL)
    g_strv_builder_add (lines, stream);
  all = g_strv_builder_end (lines);
  text = g_strjoinv ("\n", all);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text);
}

static void
update (DmcAppTile *self)
{
  g_autoptr (GIcon) icon = dmc_app_dup_icon (self->app);
  g_autoptr (GtkIconInfo) found = gtk_icon_theme_lookup_by_gicon (
      gtk_icon_theme_get_default (), icon, 48, GTK_ICON_LOOKUP_FORCE_SIZE);

  gtk_image_set_from_gicon (self->icon, icon, GTK_ICON_SIZE_DIALOG);
  gtk_widget_set_visible (GTK_WIDGET (self->icon), found != NULL);
  gtk_widget_set_visible (self->avatar, found == NULL);
  gtk_label_set_text (self->name, dmc_app_get_name (self->app));
  update_tooltip (self);
  update_mark (self);
  gtk_flow_box_child_changed (GTK_FLOW_BOX_CHILD (self));
}

static void
dmc_app_tile_dispose (GObject *object)
{
  g_clear_object (&DMC_APP_TILE (object)->app);
  G_OBJECT_CLASS (dmc_app_tile_parent_class)->dispose (object);
}

static void
dmc_app_tile_class_init (DmcAppTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_app_tile_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/workspace/app-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, icon);
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, star);
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, avatar);
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, name);
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, mark);
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, mark_icon);
  gtk_widget_class_bind_template_child (widget_class, DmcAppTile, mark_label);
}

static void
dmc_app_tile_init (DmcAppTile *self)
{
  g_type_ensure (HDY_TYPE_AVATAR);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_app_tile_new:
 * @app: (transfer none): what to show
 *
 * Returns: (transfer floating): the tile, which follows the app
 */
GtkWidget *
dmc_app_tile_new (DmcApp *app)
{
  DmcAppTile *self = g_object_new (DMC_TYPE_APP_TILE, NULL);

  self->app = g_object_ref (app);
  g_signal_connect_object (app, "notify::name", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::is-favourite", G_CALLBACK (update_mark), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::subject", G_CALLBACK (update_tooltip), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::streamed-bytes", G_CALLBACK (update_tooltip), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::present-bytes", G_CALLBACK (update_tooltip), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::n-running", G_CALLBACK (update_mark), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

/**
 * dmc_app_tile_get_app:
 * @self: the tile
 *
 * Returns: (transfer none): what it shows
 */
DmcApp *
dmc_app_tile_get_app (DmcAppTile *self)
{
  return self->app;
}

/**
 * dmc_app_tile_set_starting:
 * @self: the tile
 * @starting: whether a start is under way, which is shown at once
 */
void
dmc_app_tile_set_starting (DmcAppTile *self, gboolean starting)
{
  self->starting = starting;
  if (self->app != NULL)
    update_mark (self);
}

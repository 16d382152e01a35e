/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "display-view.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/status.h"
#include "rpc/json.h"

/* From one picture to the next, counted from its coming. */
#define REFRESH_MS 1000

struct _DmcDisplayView {
  GtkBox parent_instance;

  DmcHost *host;
  DmcDomain *domain;
  GCancellable *cancellable; /* while a picture is asked for */
  guint timer;

  GBytes *file; /* as it came, for saving */
  char *content_type;
  GdkPixbuf *picture;

  GtkStack *pages;
  GtkWidget *area;
  HdyStatusPage *nothing;
  GtkLabel *caption;
  GtkWidget *save;
};

G_DEFINE_FINAL_TYPE (DmcDisplayView, dmc_display_view, GTK_TYPE_BOX)

static void ask (DmcDisplayView *self);

/* ---- what is shown ---- */

static void
show_nothing (DmcDisplayView *self, const char *title, const char *why)
{
  dmc_status_show (self->nothing, title, why);
  gtk_stack_set_visible_child_name (self->pages, "nothing");
  gtk_widget_set_sensitive (self->save, FALSE);
}

static void
update_caption (DmcDisplayView *self)
{
  gboolean focus;
  g_autofree char *text = NULL;

  g_object_get (self->domain, "focus", &focus, NULL);
  text = g_strdup_printf ("%s%s%s",
                          focus ? _ ("Has the display, the keyboard and the mouse")
                                : _ ("In the background: its picture is kept"),
                          dmc_item_get_live (DMC_ITEM (self->domain)) ? "" : " · ",
                          dmc_item_get_live (DMC_ITEM (self->domain)) ? "" : _ ("not connected"));
  gtk_label_set_text (self->caption, text);
}

static gboolean
on_draw (GtkWidget *area, cairo_t *cr, DmcDisplayView *self)
{
  double width = gtk_widget_get_allocated_width (area);
  double height = gtk_widget_get_allocated_height (area);
  double scale, across, down;

  if (self->picture == NULL)
    return GDK_EVENT_PROPAGATE;
  across = gdk_pixbuf_get_width (self->picture);
  down = gdk_pixbuf_get_height (self->picture);
  scale = MIN (width / across, height / down);
  cairo_translate (cr, (width - across * scale) / 2, (height - down * scale) / 2);
  cairo_scale (cr, scale, scale);
  gdk_cairo_set_source_pixbuf (cr, self->picture, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_rectangle (cr, 0, 0, across, down);
  cairo_fill (cr);
  return GDK_EVENT_PROPAGATE;
}

static GdkPixbuf *
decode (const guchar *bytes, gsize length, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  gboolean whole = gdk_pixbuf_loader_write (loader, bytes, length, error);
  GdkPixbuf *picture;

  if (!gdk_pixbuf_loader_close (loader, whole ? error : NULL) || !whole)
    return NULL;
  picture = gdk_pixbuf_loader_get_pixbuf (loader);
  return picture != NULL ? g_object_ref (picture) : NULL;
}

static void
take_picture (DmcDisplayView *self, JsonObject *answer, GError **error)
{
  gsize length;
  guchar *bytes = g_base64_decode (dmc_json_get_string (answer, "data", ""), &length);
  g_autoptr (GBytes) file = g_bytes_new_take (bytes, length);
  GdkPixbuf *picture = decode (bytes, length, error);

  if (picture == NULL)
    return;
  g_set_object (&self->picture, picture);
  g_object_unref (picture);
  g_clear_pointer (&self->file, g_bytes_unref);
  self->file = g_steal_pointer (&file);
  g_free (self->content_type);
  self->content_type = g_strdup (dmc_json_get_string (answer, "content_type", "image/png"));
  gtk_stack_set_visible_child_name (self->pages, "picture");
  gtk_widget_set_sensitive (self->save, TRUE);
  gtk_widget_queue_draw (self->area);
}

/* ---- asking, while somebody looks ---- */

static gboolean
on_timer (gpointer user_data)
{
  DmcDisplayView *self = user_data;

  self->timer = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcDisplayView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    return;
  g_clear_object (&self->cancellable);
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    take_picture (self, json_node_get_object (answer), &error);
  if (g_error_matches (error, DMC_ERROR, DMC_ERROR_STATE))
    show_nothing (self, _ ("No Picture"), _ ("This domain's kernel has not asked for a display."));
  else if (error != NULL && self->picture == NULL)
    show_nothing (self, _ ("No Picture"), error->message);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && self->timer == 0)
    self->timer = g_timeout_add (REFRESH_MS, on_timer, self);
}

static void
ask (DmcDisplayView *self)
{
  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "control"), "domain.screenshot",
                           dmc_json_node ("id:i", dmc_domain_get_id (self->domain), NULL),
                           self->cancellable, on_answer, g_object_ref (self));
}

static void
stop (DmcDisplayView *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
dmc_display_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (dmc_display_view_parent_class)->map (widget);
  ask (DMC_DISPLAY_VIEW (widget));
}

static void
dmc_display_view_unmap (GtkWidget *widget)
{
  stop (DMC_DISPLAY_VIEW (widget));
  GTK_WIDGET_CLASS (dmc_display_view_parent_class)->unmap (widget);
}

/* ---- saving ---- */

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcDisplayView) self = user_data;
  g_autoptr (GError) error = NULL;

  g_file_replace_contents_finish (G_FILE (source), result, NULL, &error);
  dmc_host_tell_outcome (self->host, _ ("The picture could not be saved"), error);
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  g_autoptr (GtkNativeDialog) owned = dialog;
  DmcDisplayView *self = user_data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL && self->file != NULL)
    g_file_replace_contents_bytes_async (file, self->file, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         on_saved, g_object_ref (self));
  gtk_native_dialog_hide (dialog);
}

static void
on_save (DmcDisplayView *self)
{
  gboolean png = g_strcmp0 (self->content_type, "image/png") == 0;
  g_autofree char *name
      = g_strconcat (dmc_domain_get_name (self->domain), png ? ".png" : ".jpg", NULL);
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Save Picture"), dmc_host_get_window (self->host),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  /* The picture is there to be saved even when the domain is gone meanwhile. */
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_file_chosen), g_object_ref (self),
                         (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- life ---- */

static void
dmc_display_view_destroy (GtkWidget *widget)
{
  stop (DMC_DISPLAY_VIEW (widget));
  GTK_WIDGET_CLASS (dmc_display_view_parent_class)->destroy (widget);
}

static void
dmc_display_view_finalize (GObject *object)
{
  DmcDisplayView *self = DMC_DISPLAY_VIEW (object);

  g_clear_object (&self->host);
  g_clear_object (&self->domain);
  g_clear_object (&self->picture);
  g_clear_pointer (&self->file, g_bytes_unref);
  g_free (self->content_type);
  G_OBJECT_CLASS (dmc_display_view_parent_class)->finalize (object);
}

static void
dmc_display_view_class_init (DmcDisplayViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dmc_display_view_finalize;
  widget_class->destroy = dmc_display_view_destroy;
  widget_class->map = dmc_display_view_map;
  widget_class->unmap = dmc_display_view_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/domains/display-view.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDisplayView, pages);
  gtk_widget_class_bind_template_child (widget_class, DmcDisplayView, area);
  gtk_widget_class_bind_template_child (widget_class, DmcDisplayView, nothing);
  gtk_widget_class_bind_template_child (widget_class, DmcDisplayView, caption);
  gtk_widget_class_bind_template_child (widget_class, DmcDisplayView, save);
  gtk_widget_class_bind_template_callback (widget_class, on_draw);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
}

static void
dmc_display_view_init (DmcDisplayView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_display_view_new:
 * @host: (transfer none): for calls and dialogs
 * @domain: (transfer none): whose display
 *
 * Returns: (transfer floating): the view
 */
GtkWidget *
dmc_display_view_new (DmcHost *host, DmcDomain *domain)
{
  DmcDisplayView *self = g_object_new (DMC_TYPE_DISPLAY_VIEW, NULL);
  g_autofree char *name = g_strdup_printf (_ ("Display of %s"), dmc_domain_get_name (domain));

  self->host = g_object_ref (host);
  self->domain = g_object_ref (domain);
  atk_object_set_name (gtk_widget_get_accessible (self->area), name);
  atk_object_set_role (gtk_widget_get_accessible (self->area), ATK_ROLE_IMAGE);
  g_signal_connect_object (domain, "notify::focus", G_CALLBACK (update_caption), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (domain, "notify::live", G_CALLBACK (update_caption), self,
                           G_CONNECT_SWAPPED);
  update_caption (self);
  return GTK_WIDGET (self);
}

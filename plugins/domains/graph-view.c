/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph-view.h"

#include <glib/gi18n.h>

#include "connection.h"
#include "graph-chart.h"

#define INTERVAL_S 2

struct _DmcGraphView {
  GtkBox parent_instance;

  DmcHost *host;
  DmcEndpoint *control;
  DmcDomainList *domains;
  GCancellable *cancellable;
  guint timer; /* while it is seen */
  gboolean asking;
  GArray *connections; /* all; NULL before the first answer */

  DmcGraphChart *chart;
  GtkToggleButton *wanted[DMC_CONNECTION_KINDS];
  GtkLabel *heading;
  GtkWidget *show_domain;
  GtkListBox *list;
  GtkLabel *placeholder;
};

G_DEFINE_FINAL_TYPE (DmcGraphView, dmc_graph_view, GTK_TYPE_BOX)

enum { SHOW_DOMAIN, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- a kind's mark ---- */

static gboolean
draw_mark (GtkWidget *mark, cairo_t *cr, gpointer kind)
{
  double width = gtk_widget_get_allocated_width (mark);
  double height = gtk_widget_get_allocated_height (mark);

  gdk_cairo_set_source_rgba (cr, dmc_connection_kind_colour (GPOINTER_TO_UINT (kind)));
  cairo_arc (cr, width / 2, height / 2, MIN (width, height) / 2, 0, 2 * G_PI);
  cairo_fill (cr);
  return GDK_EVENT_PROPAGATE;
}

static GtkWidget *
mark_new (DmcConnectionKind kind)
{
  GtkWidget *mark = g_object_new (GTK_TYPE_DRAWING_AREA, "visible", TRUE, "width-request", 10,
                                  "height-request", 10, "valign", GTK_ALIGN_CENTER, NULL);

  g_signal_connect (mark, "draw", G_CALLBACK (draw_mark), GUINT_TO_POINTER (kind));
  return mark;
}

/* ---- the list ---- */

static const char *
name_of (DmcGraphView *self, gint64 id)
{
  DmcDomain *domain = dmc_domain_list_find (self->domains, id);

  return domain != NULL ? dmc_domain_get_name (domain) : _ ("a domain that has gone");
}

static GtkWidget *
row_new (const DmcConnection *connection)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *who = gtk_label_new (NULL), *kind = gtk_label_new (NULL), *rate = gtk_label_new (NULL);

  g_object_set (box, "margin-start", 12, "margin-end", 12, "margin-top", 6, "margin-bottom", 6,
                NULL);
  g_object_set (who, "xalign", 0.0, "hexpand", TRUE, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  g_object_set (rate, "xalign", 1.0, "width-chars", 16, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (kind), "dim-label");
  gtk_container_add (GTK_CONTAINER (box), mark_new (connection->kind));
  gtk_container_add (GTK_CONTAINER (box), who);
  gtk_container_add (GTK_CONTAINER (box), kind);
  gtk_container_add (GTK_CONTAINER (box), rate);
  gtk_container_add (GTK_CONTAINER (row), box);
  gtk_label_set_text (GTK_LABEL (kind), dmc_connection_kind_text (connection->kind));
  g_object_set_data (G_OBJECT (row), "dmc-who", who);
  g_object_set_data (G_OBJECT (row), "dmc-rate", rate);
  g_object_set_data (G_OBJECT (row), "dmc-kind", GUINT_TO_POINTER (connection->kind));
  gtk_widget_show_all (row);
  return row;
}

static void
fill_row (DmcGraphView *self, GtkWidget *row, const DmcConnection *connection)
{
  /* TRANSLATORS: from one domain to another */
  g_autofree char *who = g_strdup_printf (_ ("%s → %s"), name_of (self, connection->from),
                                          name_of (self, connection->to));
  g_autofree char *rate = dmc_connection_rate_text (connection->kind, connection->rate);
  g_autofree char *spoken
      = g_strdup_printf ("%s, %s, %s", who, dmc_connection_kind_text (connection->kind), rate);

  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "dmc-who"), who);
  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "dmc-rate"), rate);
  atk_object_set_name (gtk_widget_get_accessible (row), spoken);
}

/* The row at this place is used again where it is of the right kind, so that what has the focus keeps
 * it. */
static void
show_row (DmcGraphView *self, int place, const DmcConnection *connection)
{
  GtkWidget *row = GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, place));

  if (row != NULL
      && g_object_get_data (G_OBJECT (row), "dmc-kind") != GUINT_TO_POINTER (connection->kind)) {
    gtk_widget_destroy (row);
    row = NULL;
  }
  if (row == NULL) {
    row = row_new (connection);
    gtk_list_box_insert (self->list, row, place);
  }
  fill_row (self, row, connection);
}

static void
show_list (DmcGraphView *self, GArray *wanted)
{
  gint64 selected = dmc_graph_chart_get_selected (self->chart);
  GtkListBoxRow *rest;
  int shown = 0;

  for (guint i = 0; i < wanted->len; i++) {
    const DmcConnection *connection = &g_array_index (wanted, DmcConnection, i);

    if (selected < 0 || connection->from == selected || connection->to == selected)
      show_row (self, shown++, connection);
  }
  while ((rest = gtk_list_box_get_row_at_index (self->list, shown)) != NULL)
    gtk_widget_destroy (GTK_WIDGET (rest));
}

static void
show_heading (DmcGraphView *self)
{
  gint64 selected = dmc_graph_chart_get_selected (self->chart);
  g_autofree char *text
      = selected < 0 ? g_strdup (_ ("All Connections"))
                     : g_strdup_printf (_ ("Connections of “%s”"), name_of (self, selected));

  gtk_label_set_text (self->heading, text);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->list)), text);
  gtk_widget_set_sensitive (self->show_domain, selected >= 0);
  gtk_widget_set_tooltip_text (self->show_domain,
                               selected < 0 ? _ ("Choose a domain in the chart first") : NULL);
}

/* ---- what is shown ---- */

static void
show_all (DmcGraphView *self)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (DmcConnection));

  for (guint i = 0; self->connections != NULL && i < self->connections->len; i++) {
    const DmcConnection *connection = &g_array_index (self->connections, DmcConnection, i);

    if (gtk_toggle_button_get_active (self->wanted[connection->kind]))
      g_array_append_val (wanted, *connection);
  }
  dmc_graph_chart_set_connections (self->chart, wanted);
  show_heading (self);
  show_list (self, wanted);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcGraphView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  self->asking = FALSE;
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  g_clear_pointer (&self->connections, g_array_unref);
  self->connections = dmc_connections_parse (answer);
  gtk_label_set_text (self->placeholder, answer == NULL ? error->message
                                                        : _ ("Nothing is shared here."));
  show_all (self);
}

static gboolean
ask (gpointer user_data)
{
  DmcGraphView *self = user_data;

  if (!self->asking) {
    self->asking = TRUE;
    dmc_endpoint_call_async (self->control, "domain.graph", NULL, self->cancellable, on_answer,
                             g_object_ref (self));
  }
  return G_SOURCE_CONTINUE;
}

static void
dmc_graph_view_map (GtkWidget *widget)
{
  DmcGraphView *self = DMC_GRAPH_VIEW (widget);

  GTK_WIDGET_CLASS (dmc_graph_view_parent_class)->map (widget);
  ask (self);
  self->timer = g_timeout_add_seconds (INTERVAL_S, ask, self);
}

static void
dmc_graph_view_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&DMC_GRAPH_VIEW (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (dmc_graph_view_parent_class)->unmap (widget);
}

static void
on_show_domain (DmcGraphView *self)
{
  g_signal_emit (self, signals[SHOW_DOMAIN], 0, dmc_graph_chart_get_selected (self->chart));
}

/* ---- parts ---- */

static GtkWidget *
legend_new (DmcGraphView *self)
{
  GtkWidget *legend = g_object_new (GTK_TYPE_FLOW_BOX, "visible", TRUE, "selection-mode",
                                    GTK_SELECTION_NONE, "max-children-per-line",
                                    DMC_CONNECTION_KINDS, "margin", 8, "column-spacing", 12, NULL);

  for (guint kind = 0; kind < DMC_CONNECTION_KINDS; kind++) {
    GtkWidget *check = gtk_check_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *child = gtk_flow_box_child_new ();

    gtk_container_add (GTK_CONTAINER (box), mark_new (kind));
    gtk_container_add (GTK_CONTAINER (box), gtk_label_new (dmc_connection_kind_text (kind)));
    gtk_container_add (GTK_CONTAINER (check), box);
    gtk_widget_set_tooltip_text (check, dmc_connection_kind_tooltip (kind));
    atk_object_set_name (gtk_widget_get_accessible (check), dmc_connection_kind_text (kind));
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), TRUE);
    g_signal_connect_swapped (check, "toggled", G_CALLBACK (show_all), self);
    self->wanted[kind] = GTK_TOGGLE_BUTTON (check);
    gtk_widget_set_can_focus (child, FALSE);
    gtk_container_add (GTK_CONTAINER (child), check);
    gtk_container_add (GTK_CONTAINER (legend), child);
  }
  gtk_widget_show_all (legend);
  return legend;
}

static GtkWidget *
title_new (DmcGraphView *self)
{
  GtkWidget *title = g_object_new (GTK_TYPE_BOX, "visible", TRUE, "spacing", 8, "margin-start", 12,
                                   "margin-end", 8, "margin-top", 6, "margin-bottom", 6, NULL);

  self->heading = g_object_new (GTK_TYPE_LABEL, "visible", TRUE, "xalign", 0.0, "hexpand", TRUE,
                                "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self->heading)),
                               "heading");
  self->show_domain = gtk_button_new_with_mnemonic (_ ("Show _Domain"));
  g_signal_connect_swapped (self->show_domain, "clicked", G_CALLBACK (on_show_domain), self);
  gtk_container_add (GTK_CONTAINER (title), GTK_WIDGET (self->heading));
  gtk_container_add (GTK_CONTAINER (title), self->show_domain);
  gtk_widget_show (self->show_domain);
  return title;
}

static GtkWidget *
list_new (DmcGraphView *self)
{
  GtkWidget *scroller = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "visible", TRUE,
                                      "hscrollbar-policy", GTK_POLICY_NEVER, "min-content-height",
                                      160, NULL);

  self->list = g_object_new (GTK_TYPE_LIST_BOX, "visible", TRUE, "selection-mode",
                             GTK_SELECTION_NONE, NULL);
  self->placeholder
      = g_object_new (GTK_TYPE_LABEL, "visible", TRUE, "margin", 24, "wrap", TRUE, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self->placeholder)),
                               "dim-label");
  gtk_list_box_set_placeholder (self->list, GTK_WIDGET (self->placeholder));
  gtk_container_add (GTK_CONTAINER (scroller), GTK_WIDGET (self->list));
  return scroller;
}

static void
add_parts (DmcGraphView *self)
{
  GtkContainer *box = GTK_CONTAINER (self);
  GtkWidget *separator;

  gtk_container_add (box, legend_new (self));
  gtk_container_add (box, gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  self->chart = DMC_GRAPH_CHART (dmc_graph_chart_new (self->domains));
  g_signal_connect_object (self->chart, "notify::selected", G_CALLBACK (show_all), self,
                           G_CONNECT_SWAPPED);
  gtk_container_add (box, GTK_WIDGET (self->chart));
  separator = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_container_add (box, separator);
  gtk_container_add (box, title_new (self));
  gtk_container_add (box, list_new (self));
  gtk_widget_show (separator);
  show_heading (self);
}

static void
dmc_graph_view_destroy (GtkWidget *widget)
{
  g_cancellable_cancel (DMC_GRAPH_VIEW (widget)->cancellable);
  GTK_WIDGET_CLASS (dmc_graph_view_parent_class)->destroy (widget);
}

static void
dmc_graph_view_finalize (GObject *object)
{
  DmcGraphView *self = DMC_GRAPH_VIEW (object);

  g_clear_object (&self->host);
  g_clear_object (&self->control);
  g_clear_object (&self->domains);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->connections, g_array_unref);
  G_OBJECT_CLASS (dmc_graph_view_parent_class)->finalize (object);
}

static void
dmc_graph_view_class_init (DmcGraphViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->map = dmc_graph_view_map;
  widget_class->unmap = dmc_graph_view_unmap;
  widget_class->destroy = dmc_graph_view_destroy;
  G_OBJECT_CLASS (klass)->finalize = dmc_graph_view_finalize;
  signals[SHOW_DOMAIN] = g_signal_new ("show-domain", DMC_TYPE_GRAPH_VIEW, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
dmc_graph_view_init (DmcGraphView *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
}

/**
 * dmc_graph_view_new:
 * @host: (transfer none): for the domains and the endpoint
 *
 * Returns: (transfer floating): the view
 */
GtkWidget *
dmc_graph_view_new (DmcHost *host)
{
  DmcGraphView *self = g_object_new (DMC_TYPE_GRAPH_VIEW, "visible", TRUE, NULL);

  self->host = g_object_ref (host);
  self->control = g_object_ref (dmc_host_get_endpoint (host, "control"));
  self->domains = g_object_ref (dmc_host_get_domains (host));
  add_parts (self);
  return GTK_WIDGET (self);
}

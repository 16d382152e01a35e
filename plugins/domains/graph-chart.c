/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph-chart.h"

#include <glib/gi18n.h>
#include <math.h>

#include "domain-state.h"

#define MARGIN    10
#define GAP       7.0 /* between lines of different kinds */
#define ARROW     8.0
#define NO_DOMAIN ((gint64)-1)

struct _DmcGraphChart {
  GtkOverlay parent_instance;

  DmcDomainList *domains;
  GtkWidget *area;    /* with the lines */
  GPtrArray *nodes;   /* buttons, in the order of the list */
  GArray *connections;
  gint64 selected;
};

G_DEFINE_FINAL_TYPE (DmcGraphChart, dmc_graph_chart, GTK_TYPE_OVERLAY)

enum { PROP_SELECTED = 1, N_PROPS };
static GParamSpec *props[N_PROPS];

static DmcDomain *
domain_of (GtkWidget *node)
{
  return g_object_get_data (G_OBJECT (node), "dmc-domain");
}

static GtkWidget *
find_node (DmcGraphChart *self, gint64 id)
{
  for (guint i = 0; i < self->nodes->len; i++)
    if (dmc_domain_get_id (domain_of (self->nodes->pdata[i])) == id)
      return self->nodes->pdata[i];
  return NULL;
}

/* ---- where the domains stand ---- */

static gboolean
is_centre (GtkWidget *node)
{
  return g_strcmp0 (dmc_domain_get_role (domain_of (node)), "control") == 0;
}

/* Its number among those around the middle, and how many these are. */
static guint
place_of (DmcGraphChart *self, GtkWidget *node, guint *places)
{
  guint place = 0;

  *places = 0;
  for (guint i = 0; i < self->nodes->len; i++) {
    if (self->nodes->pdata[i] == node)
      place = *places;
    *places += !is_centre (self->nodes->pdata[i]);
  }
  return place;
}

static gboolean
on_position (DmcGraphChart *self, GtkWidget *node, GdkRectangle *position)
{
  int width = gtk_widget_get_allocated_width (GTK_WIDGET (self));
  int height = gtk_widget_get_allocated_height (GTK_WIDGET (self));
  guint places, place = place_of (self, node, &places);
  GtkRequisition size;
  double x = width / 2.0, y = height / 2.0, angle;

  gtk_widget_get_preferred_size (node, NULL, &size);
  if (!is_centre (node)) {
    /* Two stand left and right of the middle; more begin at the top. */
    angle = 2 * G_PI * place / MAX (places, 1) - (places == 2 ? G_PI : G_PI / 2);
    x += cos (angle) * MAX (0, width / 2.0 - size.width / 2.0 - MARGIN);
    y += sin (angle) * MAX (0, height / 2.0 - size.height / 2.0 - MARGIN);
  }
  *position = (GdkRectangle){ .x = (int)(x - size.width / 2.0),
                              .y = (int)(y - size.height / 2.0),
                              .width = size.width,
                              .height = size.height };
  return TRUE;
}

/* ---- lines ---- */

typedef struct {
  double x, y;
} Point;

static Point
centre_of (GtkWidget *node)
{
  GtkAllocation at;
  int x = 0, y = 0;

  gtk_widget_get_allocation (node, &at);
  gtk_widget_translate_coordinates (node, gtk_widget_get_parent (node), 0, 0, &x, &y);
  return (Point){ x + at.width / 2.0, y + at.height / 2.0 };
}

/* The point on the way from @inside, in @node, to @outside where the node ends. */
static Point
leave (GtkWidget *node, Point inside, Point outside)
{
  Point centre = centre_of (node);
  double half_width = gtk_widget_get_allocated_width (node) / 2.0 + 3;
  double half_height = gtk_widget_get_allocated_height (node) / 2.0 + 3;
  double dx = outside.x - inside.x, dy = outside.y - inside.y, part = 1;

  if (dx != 0)
    part = MIN (part, (copysign (half_width, dx) - (inside.x - centre.x)) / dx);
  if (dy != 0)
    part = MIN (part, (copysign (half_height, dy) - (inside.y - centre.y)) / dy);
  part = CLAMP (part, 0, 1);
  return (Point){ inside.x + dx * part, inside.y + dy * part };
}

/* Each kind has a line of its own beside the others, and the same one in both directions. */
static gboolean
get_line (DmcGraphChart *self, const DmcConnection *connection, Point *start, Point *end)
{
  GtkWidget *from = find_node (self, connection->from), *to = find_node (self, connection->to);
  double dx, dy, length, shift = ((double)connection->kind - (DMC_CONNECTION_KINDS - 1) / 2.0) * GAP;
  Point a, b;

  if (from == NULL || to == NULL || from == to)
    return FALSE;
  a = centre_of (from);
  b = centre_of (to);
  dx = b.x - a.x;
  dy = b.y - a.y;
  length = hypot (dx, dy);
  if (length < 1)
    return FALSE;
  if (connection->from > connection->to)
    shift = -shift;
  a = (Point){ a.x - dy / length * shift, a.y + dx / length * shift };
  b = (Point){ b.x - dy / length * shift, b.y + dx / length * shift };
  *start = leave (from, a, b);
  *end = leave (to, b, a);
  return TRUE;
}

static gboolean
stands_out (DmcGraphChart *self, const DmcConnection *connection)
{
  return self->selected == NO_DOMAIN || connection->from == self->selected
         || connection->to == self->selected;
}

/* The kinds differ by their dashes, too. */
static void
set_dashes (cairo_t *cr, DmcConnectionKind kind)
{
  static const double patterns[DMC_CONNECTION_KINDS][4] = {
    [DMC_CONNECTION_EVENT] = { 1, 0, 1, 0 },
    [DMC_CONNECTION_GRANT] = { 9, 4, 9, 4 },
    [DMC_CONNECTION_BLOCK] = { 2, 4, 2, 4 },
    [DMC_CONNECTION_NET] = { 11, 4, 2, 4 },
  };

  cairo_set_dash (cr, patterns[kind], kind == DMC_CONNECTION_EVENT ? 0 : 4, 0);
}

static void
draw_arrow (cairo_t *cr, Point from, Point tip)
{
  double angle = atan2 (tip.y - from.y, tip.x - from.x);

  cairo_set_dash (cr, NULL, 0, 0);
  cairo_move_to (cr, tip.x, tip.y);
  cairo_line_to (cr, tip.x - ARROW * cos (angle - 0.4), tip.y - ARROW * sin (angle - 0.4));
  cairo_line_to (cr, tip.x - ARROW * cos (angle + 0.4), tip.y - ARROW * sin (angle + 0.4));
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
draw_connection (DmcGraphChart *self, cairo_t *cr, const DmcConnection *connection)
{
  GdkRGBA colour = *dmc_connection_kind_colour (connection->kind);
  Point start, end;

  if (!get_line (self, connection, &start, &end))
    return;
  colour.alpha = !stands_out (self, connection) ? 0.12 : connection->rate > 0 ? 0.95 : 0.45;
  gdk_cairo_set_source_rgba (cr, &colour);
  cairo_set_line_width (cr, 1.5 + MIN (log10 (1 + (double)connection->rate), 4));
  set_dashes (cr, connection->kind);
  cairo_move_to (cr, start.x, start.y);
  cairo_line_to (cr, end.x, end.y);
  cairo_stroke (cr);
  draw_arrow (cr, start, end);
}

static gboolean
on_draw (DmcGraphChart *self, cairo_t *cr)
{
  /* Those of the chosen domain come last, above all others. */
  for (int above = 0; above < 2; above++)
    for (guint i = 0; self->connections != NULL && i < self->connections->len; i++) {
      const DmcConnection *connection = &g_array_index (self->connections, DmcConnection, i);

      if (stands_out (self, connection) == above)
        draw_connection (self, cr, connection);
    }
  return GDK_EVENT_PROPAGATE;
}

/* ---- domains ---- */

static guint
count_of (DmcGraphChart *self, gint64 id)
{
  guint count = 0;

  for (guint i = 0; self->connections != NULL && i < self->connections->len; i++) {
    const DmcConnection *connection = &g_array_index (self->connections, DmcConnection, i);

    count += connection->from == id || connection->to == id;
  }
  return count;
}

static void
update_node (DmcGraphChart *self, GtkWidget *node)
{
  DmcDomain *domain = domain_of (node);
  guint count = count_of (self, dmc_domain_get_id (domain));
  g_autofree char *connections
      = g_strdup_printf (g_dngettext (NULL, "%u connection", "%u connections", count), count);
  g_autofree char *spoken
      = g_strdup_printf ("%s, %s, %s", dmc_domain_get_name (domain), dmc_domain_state_text (domain),
                         connections);

  dmc_domain_state_show (domain, g_object_get_data (G_OBJECT (node), "dmc-state"));
  gtk_label_set_text (g_object_get_data (G_OBJECT (node), "dmc-name"),
                      dmc_domain_get_name (domain));
  atk_object_set_name (gtk_widget_get_accessible (node), spoken);
  gtk_widget_set_tooltip_text (node, connections);
}

static void
on_domain_changed (GtkWidget *node)
{
  GtkWidget *self = gtk_widget_get_ancestor (node, DMC_TYPE_GRAPH_CHART);

  if (self != NULL)
    update_node (DMC_GRAPH_CHART (self), node);
}

static void
on_clicked (DmcGraphChart *self, GtkWidget *node)
{
  gint64 id = dmc_domain_get_id (domain_of (node));

  dmc_graph_chart_set_selected (self, self->selected == id ? NO_DOMAIN : id);
}

static GtkWidget *
node_new (DmcGraphChart *self, DmcDomain *domain)
{
  GtkWidget *node = gtk_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *state = gtk_image_new (), *name = gtk_label_new (NULL);

  gtk_container_add (GTK_CONTAINER (box), state);
  gtk_container_add (GTK_CONTAINER (box), name);
  gtk_container_add (GTK_CONTAINER (node), box);
  gtk_style_context_add_class (gtk_widget_get_style_context (node), "dmc-graph-node");
  g_object_set_data (G_OBJECT (node), "dmc-state", state);
  g_object_set_data (G_OBJECT (node), "dmc-name", name);
  g_object_set_data_full (G_OBJECT (node), "dmc-domain", g_object_ref (domain), g_object_unref);
  g_signal_connect_object (domain, "notify::state", G_CALLBACK (on_domain_changed), node,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (domain, "notify::name", G_CALLBACK (on_domain_changed), node,
                           G_CONNECT_SWAPPED);
  g_signal_connect_swapped (node, "clicked", G_CALLBACK (on_clicked), self);
  gtk_widget_show_all (node);
  gtk_overlay_add_overlay (GTK_OVERLAY (self), node);
  return node;
}

static void
on_items_changed (
    GListModel *model, guint position, guint removed, guint added, DmcGraphChart *self)
{
  for (; removed > 0; removed--) {
    GtkWidget *node = self->nodes->pdata[position];

    if (dmc_domain_get_id (domain_of (node)) == self->selected)
      dmc_graph_chart_set_selected (self, NO_DOMAIN);
    g_ptr_array_remove_index (self->nodes, position);
    gtk_widget_destroy (node);
  }
  for (guint i = 0; i < added; i++) {
    g_autoptr (DmcDomain) domain = g_list_model_get_item (model, position + i);
    GtkWidget *node = node_new (self, domain);

    g_ptr_array_insert (self->nodes, (int)(position + i), node);
    update_node (self, node);
  }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* ---- the widget ---- */

gint64
dmc_graph_chart_get_selected (DmcGraphChart *self)
{
  return self->selected;
}

void
dmc_graph_chart_set_selected (DmcGraphChart *self, gint64 id)
{
  if (self->selected == id)
    return;
  self->selected = id;
  for (guint i = 0; i < self->nodes->len; i++) {
    GtkWidget *node = self->nodes->pdata[i];
    GtkStyleContext *style = gtk_widget_get_style_context (node);

    if (dmc_domain_get_id (domain_of (node)) == id)
      gtk_style_context_add_class (style, "suggested-action");
    else
      gtk_style_context_remove_class (style, "suggested-action");
  }
  gtk_widget_queue_draw (self->area);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SELECTED]);
}

void
dmc_graph_chart_set_connections (DmcGraphChart *self, GArray *connections)
{
  g_clear_pointer (&self->connections, g_array_unref);
  self->connections = g_array_ref (connections);
  for (guint i = 0; i < self->nodes->len; i++)
    update_node (self, self->nodes->pdata[i]);
  gtk_widget_queue_draw (self->area);
}

static void
dmc_graph_chart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SELECTED)
    g_value_set_int64 (value, DMC_GRAPH_CHART (object)->selected);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
dmc_graph_chart_finalize (GObject *object)
{
  DmcGraphChart *self = DMC_GRAPH_CHART (object);

  g_clear_object (&self->domains);
  g_clear_pointer (&self->connections, g_array_unref);
  g_ptr_array_unref (self->nodes);
  G_OBJECT_CLASS (dmc_graph_chart_parent_class)->finalize (object);
}

static void
dmc_graph_chart_class_init (DmcGraphChartClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = dmc_graph_chart_get_property;
  G_OBJECT_CLASS (klass)->finalize = dmc_graph_chart_finalize;
  props[PROP_SELECTED]
      = g_param_spec_int64 ("selected", NULL, NULL, -1, G_MAXINT64, -1,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);
}

static void
dmc_graph_chart_init (DmcGraphChart *self)
{
  AtkObject *accessible;

  self->nodes = g_ptr_array_new ();
  self->selected = NO_DOMAIN;
  self->area = g_object_new (GTK_TYPE_DRAWING_AREA, "visible", TRUE, "hexpand", TRUE, "vexpand",
                             TRUE, "width-request", 320, "height-request", 240, NULL);
  accessible = gtk_widget_get_accessible (self->area);
  atk_object_set_role (accessible, ATK_ROLE_CHART);
  atk_object_set_name (accessible, _ ("Connections between domains"));
  gtk_container_add (GTK_CONTAINER (self), self->area);
  g_signal_connect_swapped (self->area, "draw", G_CALLBACK (on_draw), self);
  g_signal_connect (self, "get-child-position", G_CALLBACK (on_position), NULL);
}

GtkWidget *
dmc_graph_chart_new (DmcDomainList *domains)
{
  DmcGraphChart *self = g_object_new (DMC_TYPE_GRAPH_CHART, "visible", TRUE, NULL);

  self->domains = g_object_ref (domains);
  g_signal_connect_object (domains, "items-changed", G_CALLBACK (on_items_changed), self, 0);
  on_items_changed (G_LIST_MODEL (domains), 0, 0,
                    g_list_model_get_n_items (G_LIST_MODEL (domains)), self);
  return GTK_WIDGET (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sparkline.h"

struct _DmcSparkline {
  GtkDrawingArea parent_instance;

  char *title;
  double maximum;
  guint n;
  double samples[DMC_SPARKLINE_SAMPLES]; /* from oldest to newest */
};

G_DEFINE_FINAL_TYPE (DmcSparkline, dmc_sparkline, GTK_TYPE_DRAWING_AREA)

enum { PROP_TITLE = 1 };

/* The first samples share the width between few, so that a chart says something from the start. */
#define SAMPLES_MIN 30

static double
step_of (DmcSparkline *self, double width)
{
  return width / (MAX (self->n, (guint)SAMPLES_MIN) - 1);
}

static void
trace_line (DmcSparkline *self, cairo_t *cr, double width, double height)
{
  double step = step_of (self, width);
  double x = width - step * (self->n - 1);

  for (guint i = 0; i < self->n; i++, x += step) {
    double share = CLAMP (self->samples[i] / self->maximum, 0.0, 1.0);
    /* Half a line's width of room, so that neither 0 nor the maximum is clipped. */
    cairo_line_to (cr, x, height - 0.75 - share * (height - 1.5));
  }
}

static gboolean
dmc_sparkline_draw (GtkWidget *widget, cairo_t *cr)
{
  DmcSparkline *self = DMC_SPARKLINE (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  double width = gtk_widget_get_allocated_width (widget);
  double height = gtk_widget_get_allocated_height (widget);
  GdkRGBA line;

  gtk_style_context_get_color (style, gtk_style_context_get_state (style), &line);
  cairo_set_source_rgba (cr, line.red, line.green, line.blue, 0.08);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  if (self->n < 2)
    return GDK_EVENT_PROPAGATE;

  trace_line (self, cr, width, height);
  cairo_set_line_width (cr, 1.5);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  gdk_cairo_set_source_rgba (cr, &line);
  cairo_stroke_preserve (cr);
  cairo_line_to (cr, width, height);
  cairo_line_to (cr, width - step_of (self, width) * (self->n - 1), height);
  cairo_close_path (cr);
  line.alpha *= 0.2;
  gdk_cairo_set_source_rgba (cr, &line);
  cairo_fill (cr);
  return GDK_EVENT_PROPAGATE;
}

static void
dmc_sparkline_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DmcSparkline *self = DMC_SPARKLINE (object);
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self));

  if (id != PROP_TITLE) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  g_free (self->title);
  self->title = g_value_dup_string (value);
  atk_object_set_role (accessible, ATK_ROLE_CHART);
  atk_object_set_name (accessible, self->title != NULL ? self->title : "");
}

static void
dmc_sparkline_finalize (GObject *object)
{
  g_free (DMC_SPARKLINE (object)->title);
  G_OBJECT_CLASS (dmc_sparkline_parent_class)->finalize (object);
}

static void
dmc_sparkline_class_init (DmcSparklineClass *klass)
{
  G_OBJECT_CLASS (klass)->set_property = dmc_sparkline_set_property;
  G_OBJECT_CLASS (klass)->finalize = dmc_sparkline_finalize;
  GTK_WIDGET_CLASS (klass)->draw = dmc_sparkline_draw;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "sparkline");
  g_object_class_install_property (
      G_OBJECT_CLASS (klass), PROP_TITLE,
      g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
}

static void
dmc_sparkline_init (DmcSparkline *self)
{
  self->maximum = 1;
}

/**
 * dmc_sparkline_set_samples:
 * @self: the chart
 * @samples: (array length=n): from oldest to newest; copied
 * @n: how many; only the newest DMC_SPARKLINE_SAMPLES are shown
 * @maximum: the value at the top of the chart; above 0
 */
void
dmc_sparkline_set_samples (DmcSparkline *self, const double *samples, guint n, double maximum)
{
  guint kept = MIN (n, (guint)DMC_SPARKLINE_SAMPLES);

  g_return_if_fail (DMC_IS_SPARKLINE (self));
  g_return_if_fail (maximum > 0);

  if (kept > 0)
    memcpy (self->samples, samples + (n - kept), kept * sizeof *samples);
  self->n = kept;
  self->maximum = maximum;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * dmc_sparkline_set_value_text:
 * @self: the chart
 * @text: the newest value in words, for the tooltip and for assistive tools
 */
void
dmc_sparkline_set_value_text (DmcSparkline *self, const char *text)
{
  atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (self)), text);
}

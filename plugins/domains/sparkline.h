/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How many samples a chart shows; fewer stand at its right end. */
#define DMC_SPARKLINE_SAMPLES 120

/* A small chart of the last samples, drawn in the CSS color of its node, "sparkline", that tells
 * its value to assistive tools. Property: "title" (what is charted). */
#define DMC_TYPE_SPARKLINE (dmc_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (DmcSparkline, dmc_sparkline, DMC, SPARKLINE, GtkDrawingArea)

void dmc_sparkline_set_samples (DmcSparkline *self, const double *samples, guint n, double maximum);
void dmc_sparkline_set_value_text (DmcSparkline *self, const char *text);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen-layout.h"

#include <string.h>

/* Monitors that show the same are one. */
static guint
add_place (GdkRectangle *places, guint n, const GdkRectangle *place)
{
  for (guint i = 0; i < n; i++)
    if (gdk_rectangle_equal (&places[i], place))
      return n;
  if (n == DMC_SCREENS_MAX)
    return n;
  places[n] = *place;
  return n + 1;
}

/**
 * dmc_monitors_of_display:
 * @display: the computer's display
 * @places: filled with where its monitors are, the primary one first
 *
 * Returns: how many there are that show different things
 */
guint
dmc_monitors_of_display (GdkDisplay *display, GdkRectangle places[DMC_SCREENS_MAX])
{
  GdkMonitor *primary = gdk_display_get_primary_monitor (display);
  GdkRectangle place;
  guint n = 0;

  if (primary != NULL) {
    gdk_monitor_get_geometry (primary, &place);
    n = add_place (places, n, &place);
  }
  for (int i = 0; i < gdk_display_get_n_monitors (display); i++) {
    gdk_monitor_get_geometry (gdk_display_get_monitor (display, i), &place);
    n = add_place (places, n, &place);
  }
  return n;
}

/**
 * dmc_screen_layout_of_widget:
 * @widget: a realized widget that shows a desktop
 * @all_monitors: whether each monitor that it covers is a screen; else all of it is one
 * @layout: (out caller-allocates): the layout that fits
 */
void
dmc_screen_layout_of_widget (GtkWidget *widget, gboolean all_monitors, DmcScreenLayout *layout)
{
  int scale = gtk_widget_get_scale_factor (widget);
  GdkRectangle monitors[DMC_SCREENS_MAX], own = { 0, 0, gtk_widget_get_allocated_width (widget), gtk_widget_get_allocated_height (widget) };
  guint n = all_monitors ? dmc_monitors_of_display (gtk_widget_get_display (widget), monitors) : 0;

  memset (layout, 0, sizeof *layout);
  layout->width = own.width * scale;
  layout->height = own.height * scale;
  if (n > 0)
    gdk_window_get_origin (gtk_widget_get_window (widget), &own.x, &own.y);
  for (guint i = 0; i < n; i++) {
    GdkRectangle seen;
    if (gdk_rectangle_intersect (&monitors[i], &own, &seen))
      layout->screens[layout->n_screens++] = (GdkRectangle){ (seen.x - own.x) * scale, (seen.y - own.y) * scale,
                                                             seen.width * scale, seen.height * scale };
  }
  if (layout->n_screens == 0)
    layout->screens[layout->n_screens++] = (GdkRectangle){ 0, 0, layout->width, layout->height };
}

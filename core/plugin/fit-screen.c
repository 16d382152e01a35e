/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/fit-screen.h"

static GdkMonitor *
find_monitor (GtkWindow *window)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (window));
  GtkWindow *parent = gtk_window_get_transient_for (window);
  GdkWindow *place = parent != NULL ? gtk_widget_get_window (GTK_WIDGET (parent)) : NULL;
  GdkMonitor *primary = gdk_display_get_primary_monitor (display);

  if (place != NULL)
    return gdk_display_get_monitor_at_window (display, place);
  return primary != NULL ? primary : gdk_display_get_monitor (display, 0);
}

/**
 * dmc_window_fit_screen:
 * @window: a window that is not shown yet and has a default size
 *
 * Makes that no larger than what a monitor leaves to windows. Not every window manager does, and what is below the
 * edge of a small screen can hardly be reached.
 */
void
dmc_window_fit_screen (GtkWindow *window)
{
  GdkMonitor *monitor = find_monitor (window);
  GdkRectangle area;
  int width, height;

  if (monitor == NULL)
    return; /* all are unplugged */
  gdk_monitor_get_workarea (monitor, &area);
  gtk_window_get_default_size (window, &width, &height);
  gtk_window_set_default_size (window, MIN (width, area.width), MIN (height, area.height));
}

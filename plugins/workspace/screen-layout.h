/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DMC_SCREENS_MAX 16

/* The screens of a desktop, in its pixels; the first is the main one. What of the picture lies in none of them, nobody sees. */
typedef struct {
  int width, height; /* of the picture */
  guint n_screens;
  GdkRectangle screens[DMC_SCREENS_MAX];
} DmcScreenLayout;

guint dmc_monitors_of_display (GdkDisplay *display, GdkRectangle places[DMC_SCREENS_MAX]);
void dmc_screen_layout_of_widget (GtkWidget *widget, gboolean all_monitors, DmcScreenLayout *layout);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

#include "model/endpoint.h"

G_BEGIN_DECLS

/* The main window: the pages of the plugins, a banner per endpoint that is away, and one place for
 * messages.
 *
 * A page may offer the action "find" in an action group named "page"; Ctrl+F then starts its
 * search. The workspaces' page offers "show-workspace" there. */
#define DMC_TYPE_WINDOW (dmc_window_get_type ())
G_DECLARE_FINAL_TYPE (DmcWindow, dmc_window, DMC, WINDOW, HdyApplicationWindow)

DmcWindow *dmc_window_new (GtkApplication *application, GSettings *settings);

void dmc_window_add_endpoint (DmcWindow *self, DmcEndpoint *endpoint);
void dmc_window_add_page (DmcWindow *self,
                          GtkWidget *page,
                          const char *id,
                          const char *title,
                          const char *icon_name,
                          int position);
void dmc_window_remove_page (DmcWindow *self, GtkWidget *page);
gboolean dmc_window_show_page (DmcWindow *self, const char *id);
void dmc_window_show_workspace (DmcWindow *self, const char *workspace);
void dmc_window_show_message (DmcWindow *self, const char *text);
void dmc_window_show_error (DmcWindow *self, const char *what, const char *text);
void dmc_window_clear_error (DmcWindow *self, const char *what);

G_END_DECLS

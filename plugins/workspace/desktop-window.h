/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gmodule.h>
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The window on a workspace's desktop is in a module of its own, so that the VNC library is loaded when a desktop is first
 * looked at and not before. */
typedef GtkWidget *(*DmcDesktopWindowNewFunc) (const char *title, const char *address, const char *clipboard);

G_MODULE_EXPORT GtkWidget *dmc_desktop_window_new (const char *title, const char *address, const char *clipboard);

G_END_DECLS

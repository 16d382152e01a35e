/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void dmc_context_menu_popup (GtkWidget *relative_to, GMenuModel *menu);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void dmc_present_with (GtkWidget *dialog, GtkWidget *owner);

G_END_DECLS

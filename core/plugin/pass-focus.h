/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void dmc_pass_focus (GtkWidget *container);

G_END_DECLS

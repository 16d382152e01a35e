/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void dmc_show_about (GtkWindow *parent);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives the closing button of a bar a name for assistive tools, which GtkInfoBar itself leaves out. */
void dmc_info_bar_name_close (GtkInfoBar *bar);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

G_BEGIN_DECLS

/* A row of two texts that wrap, for the lists of this page; assistive technology reads both as its
 * name.
 * @icon: (nullable): stands before them; @icon_name: (nullable): what it means in a word */
GtkWidget *
dmc_row_new (const char *title, const char *subtitle, GtkWidget *icon, const char *icon_name);

/* Removes every row of @list. */
void dmc_rows_clear (GtkListBox *list);

G_END_DECLS

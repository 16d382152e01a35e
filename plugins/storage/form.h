/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * dmc_form_add_entry:
 * @grid: a form of two columns
 * @row: where it goes
 * @label: its name, with a mnemonic
 * @secret: whether what is typed is not shown
 *
 * Returns: (transfer none): the entry, which activates the dialog's default button
 */
GtkEntry *dmc_form_add_entry (GtkGrid *grid, int row, const char *label, gboolean secret);

G_END_DECLS

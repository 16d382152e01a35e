/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

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

/**
 * dmc_form_present:
 * @dialog: (transfer none): a dialog, a GtkDialog
 * @host: the console
 * @workspace: what the dialog is about
 *
 * Shows the dialog as long as there is the workspace: when its medium goes or another deletes it, the dialog is cancelled.
 */
void dmc_form_present (GtkWidget *dialog, DmcHost *host, DmcWorkspace *workspace);

G_END_DECLS

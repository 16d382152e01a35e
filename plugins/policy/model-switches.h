/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "policy-draft.h"

G_BEGIN_DECLS

/**
 * dmc_model_switches_fill:
 * @list: where the rows go; once
 * @draft: (transfer none): whose models
 *
 * Adds a row with a switch for each model, which makes it active in the draft or not.
 */
void dmc_model_switches_fill (GtkListBox *list, DmcPolicyDraft *draft);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/edit.h"
#include "table-view.h"

G_BEGIN_DECLS

/* What a name of @kind is, to be translated. */
const char *dmc_name_kind_title (DmcPolicyNameKind kind);

/* The array that declares names of @kind; of conflict classes their objects, of datasets those of the class @parent:
 * (transfer none) (nullable) */
JsonArray *dmc_name_array (JsonObject *policy, DmcPolicyNameKind kind, int parent);

/* A window in which something is declared, or gets another name in every place that has the old one. @row: (nullable) */
void dmc_name_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new);

G_END_DECLS

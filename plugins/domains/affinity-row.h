/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

#include "model/domain.h"

G_BEGIN_DECLS

/*
 * Which processors each virtual CPU of a domain may run on: a button for each, pressed where it
 * may. Emits "changed" when somebody presses one. It is hidden where there is nothing to choose.
 */
#define DMC_TYPE_AFFINITY_ROW (dmc_affinity_row_get_type ())
G_DECLARE_FINAL_TYPE (DmcAffinityRow, dmc_affinity_row, DMC, AFFINITY_ROW, HdyExpanderRow)

void dmc_affinity_row_set_domain (DmcAffinityRow *self, DmcDomain *domain);
void dmc_affinity_row_set_processors (DmcAffinityRow *self, guint processors);
gboolean dmc_affinity_row_differs (DmcAffinityRow *self);
void dmc_affinity_row_revert (DmcAffinityRow *self);
JsonArray *dmc_affinity_row_get (DmcAffinityRow *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "policy-draft.h"

G_BEGIN_DECLS

/* Asks policy.check about a draft: may this subject do that to this object, and what says each
 * model? */
#define DMC_TYPE_WHAT_IF (dmc_what_if_get_type ())
G_DECLARE_FINAL_TYPE (DmcWhatIf, dmc_what_if, DMC, WHAT_IF, GtkBox)

/* Call once: @draft is what it asks about. */
void dmc_what_if_set_draft (DmcWhatIf *self, DmcPolicyDraft *draft);

/* The name of a model for people: "Bell-LaPadula" for "blp". */
const char *dmc_policy_model_title (const char *model);

G_END_DECLS

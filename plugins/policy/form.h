/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "policy-draft.h"
#include "table-view.h"

G_BEGIN_DECLS

/* A window with fields for one thing that a document says. What they hold is checked with every change, by the rules that the
 * endpoint goes by, and what is wrong stands below the field in words. Fields are known by the member that they are. */
typedef struct _DmcPolicyForm DmcPolicyForm;

typedef struct {
  /* Writes what the fields hold into @policy. Returns: the place of what was written, as problems name it: (transfer full);
   * NULL where it cannot be, with @problem said about the first field */
  char *(*build) (DmcPolicyForm *form, JsonObject *policy, const char **problem);
  /* (nullable): a field has changed; shows and fills others that depend on it. */
  void (*changed) (DmcPolicyForm *form, const char *member);
} DmcPolicyFormClass;

/**
 * dmc_policy_form_new:
 * @parent: (transfer none): the window that it belongs to
 * @draft: (transfer none): what is changed
 * @row: (nullable): the row that is changed, or beside which one is added; copied
 * @is_new: whether something is added
 * @klass: static
 *
 * Returns: (transfer none): a form without fields, for dmc_policy_form_run()
 */
DmcPolicyForm *dmc_policy_form_new (GtkWindow *parent,
                                    DmcPolicyDraft *draft,
                                    const char *title,
                                    const DmcPolicyRow *row,
                                    gboolean is_new,
                                    const DmcPolicyFormClass *klass);

/* Fields, from above. @title has a mnemonic; @hint (nullable): what stands in an empty entry. */
void dmc_policy_form_add_entry (DmcPolicyForm *self, const char *member, const char *title, const char *hint);
void dmc_policy_form_add_choice (DmcPolicyForm *self, const char *member, const char *title);
void dmc_policy_form_add_checks (DmcPolicyForm *self, const char *member, const char *title);
void dmc_policy_form_add_switch (DmcPolicyForm *self, const char *member, const char *title);

/* What a choice or checks offer; the first offer of a choice is chosen until another is. @hint: (nullable) */
void dmc_policy_form_offer (DmcPolicyForm *self, const char *member, const char *id, const char *text, const char *hint);
/* Every string of @names (nullable) under its own name. */
void dmc_policy_form_offer_names (DmcPolicyForm *self, const char *member, JsonArray *names);
void dmc_policy_form_clear_offers (DmcPolicyForm *self, const char *member);
/* Whether there is anything to choose but "". */
gboolean dmc_policy_form_has_offers (DmcPolicyForm *self, const char *member);
void dmc_policy_form_show_field (DmcPolicyForm *self, const char *member, gboolean visible);

/* The text of an entry, without white space around it; the id that is chosen. "" where there is none, and where the field is not
 * shown: (transfer full) */
char *dmc_policy_form_dup (DmcPolicyForm *self, const char *member);
void dmc_policy_form_set (DmcPolicyForm *self, const char *member, const char *value);
gboolean dmc_policy_form_get_switch (DmcPolicyForm *self, const char *member);
void dmc_policy_form_set_switch (DmcPolicyForm *self, const char *member, gboolean on);
/* The ids that are checked: (transfer full) */
JsonArray *dmc_policy_form_get_checked (DmcPolicyForm *self, const char *member);
void dmc_policy_form_set_checked (DmcPolicyForm *self, const char *member, JsonArray *ids);

/* @value becomes @member of @object; "" takes it out. */
void dmc_policy_form_write (DmcPolicyForm *self, const char *member, JsonObject *object);

/* The row that it is about: (transfer none); all its members are 0 where there is none */
const DmcPolicyRow *dmc_policy_form_get_row (DmcPolicyForm *self);
/* (transfer none) */
DmcPolicyDraft *dmc_policy_form_get_draft (DmcPolicyForm *self);
gboolean dmc_policy_form_is_new (DmcPolicyForm *self);

/* Shows it; it frees itself. */
void dmc_policy_form_run (DmcPolicyForm *self);

G_END_DECLS

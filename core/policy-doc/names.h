/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An ordered set of names; a name's id is its place. */
typedef struct _DmcPolicyNames DmcPolicyNames;

DmcPolicyNames *dmc_policy_names_new (void);
void dmc_policy_names_free (DmcPolicyNames *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcPolicyNames, dmc_policy_names_free)

/* Returns: the new name's id, or -1 where it is there already */
int dmc_policy_names_add (DmcPolicyNames *self, const char *name);
int dmc_policy_names_find (const DmcPolicyNames *self, const char *name);
const char *dmc_policy_names_get (const DmcPolicyNames *self, guint id);
guint dmc_policy_names_count (const DmcPolicyNames *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The Policy page: editor, problems, what-if and summary of the agent's policy. */
#define DMC_TYPE_POLICY_PAGE (dmc_policy_page_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyPage, dmc_policy_page, DMC, POLICY_PAGE, GtkBin)

GtkWidget *dmc_policy_page_new (DmcHost *host);

G_END_DECLS

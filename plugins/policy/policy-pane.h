/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* One endpoint's policy: its document, its rules, what it has denied, and what it would allow. */
#define DMC_TYPE_POLICY_PANE (dmc_policy_pane_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyPane, dmc_policy_pane, DMC, POLICY_PANE, GtkBin)

/* @endpoint: "agent" or "control" */
GtkWidget *dmc_policy_pane_new (DmcHost *host, const char *endpoint);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The page: the policy of the apps, and that of the domains. */
GtkWidget *dmc_policy_page_new (DmcHost *host);

G_END_DECLS

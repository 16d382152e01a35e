/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Everything about one domain: load, share, identity, counters, and its console. */
#define DMC_TYPE_DOMAIN_DETAILS (dmc_domain_details_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomainDetails, dmc_domain_details, DMC, DOMAIN_DETAILS, GtkBox)

GtkWidget *dmc_domain_details_new (DmcHost *host, DmcDomain *domain);
void dmc_domain_details_show_view (DmcDomainDetails *self, const char *view);
const char *dmc_domain_details_get_view (DmcDomainDetails *self);

G_END_DECLS

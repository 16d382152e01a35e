/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The domains of the device: a list with live state and load, and everything about the chosen one
 * beside it. */
#define DMC_TYPE_DOMAINS_PAGE (dmc_domains_page_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomainsPage, dmc_domains_page, DMC, DOMAINS_PAGE, GtkBin)

GtkWidget *dmc_domains_page_new (DmcHost *host);

G_END_DECLS

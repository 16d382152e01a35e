/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* A domain in the list: state, name, load and memory, and a button to pause or resume it. */
#define DMC_TYPE_DOMAIN_ROW (dmc_domain_row_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomainRow, dmc_domain_row, DMC, DOMAIN_ROW, GtkListBoxRow)

GtkWidget *dmc_domain_row_new (DmcHost *host, DmcDomain *domain);
DmcDomain *dmc_domain_row_get_domain (DmcDomainRow *self);
void dmc_domain_row_set_device_memory (DmcDomainRow *self, gint64 kib);
gboolean dmc_domain_row_matches (DmcDomainRow *self, const char *words);

G_END_DECLS

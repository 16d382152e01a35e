/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

#include "plugin/host.h"

G_BEGIN_DECLS

/* What a domain may use: its share of processor time and its memory, to be changed and applied. */
#define DMC_TYPE_RESOURCE_FORM (dmc_resource_form_get_type ())
G_DECLARE_FINAL_TYPE (DmcResourceForm, dmc_resource_form, DMC, RESOURCE_FORM, HdyPreferencesGroup)

void dmc_resource_form_set_domain (DmcResourceForm *self, DmcHost *host, DmcDomain *domain);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Adds a group to a box: the devices of a domain, which follow it; hidden where it has none. */
void dmc_domain_devices_add (GtkBox *box, DmcDomain *domain);

G_END_DECLS

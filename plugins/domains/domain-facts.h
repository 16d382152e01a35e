/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/domain.h"

G_BEGIN_DECLS

/* Adds what is to be read only about a domain to a box: groups of rows, which follow the domain. */
void dmc_domain_facts_add (GtkBox *box, DmcDomain *domain);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/domain.h"

G_BEGIN_DECLS

/* How the state of a domain is told: by a word and a shape, and by colour only besides. */
const char *dmc_domain_state_text (DmcDomain *domain);
void dmc_domain_state_show (DmcDomain *domain, GtkImage *image);

G_END_DECLS

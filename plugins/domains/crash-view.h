/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* What is kept of a domain that crashed: the calls that led there, the registers, its last words. */
GtkWidget *dmc_crash_view_new (DmcDomain *domain);

/* The same as text. Returns: (transfer full) (nullable): NULL where the domain has not crashed */
char *dmc_crash_text (DmcDomain *domain);

G_END_DECLS

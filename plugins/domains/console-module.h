/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The console view lives in a module of its own, so that nobody loads a terminal who never looks at
 * one. */
GtkWidget *dmc_console_module_new_view (DmcHost *host, DmcDomain *domain, GError **error);

G_END_DECLS

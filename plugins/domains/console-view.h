/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The console of a domain in a terminal: what it has written, what it writes, and what the user
 * types to it. */
#define DMC_TYPE_CONSOLE_VIEW (dmc_console_view_get_type ())
G_DECLARE_FINAL_TYPE (DmcConsoleView, dmc_console_view, DMC, CONSOLE_VIEW, GtkBox)

typedef GtkWidget *(*DmcConsoleViewNewFunc) (DmcHost *host, DmcDomain *domain);

G_MODULE_EXPORT GtkWidget *dmc_console_view_new (DmcHost *host, DmcDomain *domain);

G_END_DECLS

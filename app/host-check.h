/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/endpoint.h"

G_BEGIN_DECLS

/* A button that tells what this computer lacks for a workspace, and what to do about it. Hidden where nothing is
 * missing. */
#define DMC_TYPE_HOST_CHECK (dmc_host_check_get_type ())
G_DECLARE_FINAL_TYPE (DmcHostCheck, dmc_host_check, DMC, HOST_CHECK, GtkMenuButton)

void dmc_host_check_look (DmcHostCheck *self, DmcEndpoint *agent, const char *workspace);

G_END_DECLS

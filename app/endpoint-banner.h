/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/endpoint.h"

G_BEGIN_DECLS

/* Says that an endpoint is away, why, and offers to try again at once. Hidden while it is
 * connected. */
#define DMC_TYPE_ENDPOINT_BANNER (dmc_endpoint_banner_get_type ())
G_DECLARE_FINAL_TYPE (DmcEndpointBanner, dmc_endpoint_banner, DMC, ENDPOINT_BANNER, GtkInfoBar)

GtkWidget *dmc_endpoint_banner_new (DmcEndpoint *endpoint);

G_END_DECLS

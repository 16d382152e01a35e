/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/server.h"

G_BEGIN_DECLS

/* domain.screenshot; @user_data is the DmcUpstream. */
void dmc_screenshot (DmcRequest *request, JsonObject *params, gpointer user_data);

G_END_DECLS

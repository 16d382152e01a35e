/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DMC_TYPE_REQUEST (dmc_request_get_type ())
G_DECLARE_FINAL_TYPE (DmcRequest, dmc_request, DMC, REQUEST, GObject)

void          dmc_request_reply (DmcRequest *self, JsonNode *result);
void          dmc_request_fail (DmcRequest *self, GError *error);
GCancellable *dmc_request_get_cancellable (DmcRequest *self);
const char   *dmc_request_get_method (DmcRequest *self);
const char   *dmc_request_get_role (DmcRequest *self);

G_END_DECLS

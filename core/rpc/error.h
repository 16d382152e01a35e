/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * DmcError:
 * @DMC_ERROR_PARSE: the message is not one JSON value in UTF-8 within the limits
 * @DMC_ERROR_REQUEST: the message is JSON, but not a JSON-RPC 2.0 request
 * @DMC_ERROR_METHOD: there is no such method
 * @DMC_ERROR_PARAMS: parameters that do not fit the method's schema
 * @DMC_ERROR_INTERNAL: our own fault
 * @DMC_ERROR_NOT_FOUND: no such domain, workspace, app, volume, job
 * @DMC_ERROR_EXISTS: that name is taken
 * @DMC_ERROR_STATE: not possible in this state; data "state" says which
 * @DMC_ERROR_DENIED: policy or role forbids it; data "models"
 * @DMC_ERROR_AUTH: wrong passphrase or token; never says which half was wrong
 * @DMC_ERROR_RESOURCE: memory, disk, quota, handle exhausted; data "resource" and "limit"
 * @DMC_ERROR_INTEGRITY: signature, checksum or format check failed; nothing was loaded
 * @DMC_ERROR_UNSUPPORTED: this host or build cannot; data "needs"
 * @DMC_ERROR_IO: a device or the network failed or went away
 * @DMC_ERROR_CANCELLED: by job.cancel, or because the client left
 *
 * The error codes of the control protocol; each number is the code on the wire.
 */
typedef enum {
  DMC_ERROR_PARSE       = -32700,
  DMC_ERROR_REQUEST     = -32600,
  DMC_ERROR_METHOD      = -32601,
  DMC_ERROR_PARAMS      = -32602,
  DMC_ERROR_INTERNAL    = -32603,
  DMC_ERROR_NOT_FOUND   = 1,
  DMC_ERROR_EXISTS      = 2,
  DMC_ERROR_STATE       = 3,
  DMC_ERROR_DENIED      = 4,
  DMC_ERROR_AUTH        = 5,
  DMC_ERROR_RESOURCE    = 6,
  DMC_ERROR_INTEGRITY   = 7,
  DMC_ERROR_UNSUPPORTED = 8,
  DMC_ERROR_IO          = 9,
  DMC_ERROR_CANCELLED   = 10,
} DmcError;

#define DMC_ERROR (dmc_error_quark ())
GQuark dmc_error_quark (void);

const char *dmc_error_kind (int code);

GError *dmc_error_new (DmcError code, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
GError *dmc_error_new_param (const char *member, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void    dmc_error_set_data (GError *error, const char *member, JsonNode *value);
const char *dmc_error_get_hint (const GError *error);
JsonObject *dmc_error_get_data (const GError *error);

JsonNode *dmc_error_to_json (const GError *error);
GError   *dmc_error_from_json (JsonNode *node);

G_END_DECLS

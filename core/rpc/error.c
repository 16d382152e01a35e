/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/error.h"

#include "rpc/json.h"

/* GLib's macro returns NULL for an error of another domain; no caller below passes one. */
#pragma GCC diagnostic ignored "-Wnull-dereference"

/* What a DmcError carries beside code and message; freed and copied with the GError. */
typedef struct {
  JsonObject *data;
} DmcErrorPrivate;

static const struct {
  int         code;
  const char *kind;
} kinds[] = {
  { DMC_ERROR_PARSE, "parse" },
  { DMC_ERROR_REQUEST, "request" },
  { DMC_ERROR_METHOD, "method" },
  { DMC_ERROR_PARAMS, "params" },
  { DMC_ERROR_INTERNAL, "internal" },
  { DMC_ERROR_NOT_FOUND, "not-found" },
  { DMC_ERROR_EXISTS, "exists" },
  { DMC_ERROR_STATE, "state" },
  { DMC_ERROR_DENIED, "denied" },
  { DMC_ERROR_AUTH, "auth" },
  { DMC_ERROR_RESOURCE, "resource" },
  { DMC_ERROR_INTEGRITY, "integrity" },
  { DMC_ERROR_UNSUPPORTED, "unsupported" },
  { DMC_ERROR_IO, "io" },
  { DMC_ERROR_CANCELLED, "cancelled" },
};

static void
dmc_error_private_init (DmcErrorPrivate *priv)
{
  priv->data = json_object_new ();
}

static void
dmc_error_private_copy (const DmcErrorPrivate *from, DmcErrorPrivate *to)
{
  g_autoptr (GList) names = json_object_get_members (from->data);

  for (GList *l = names; l != NULL; l = l->next)
    json_object_set_member (to->data, l->data, json_object_dup_member (from->data, l->data));
}

static void
dmc_error_private_clear (DmcErrorPrivate *priv)
{
  json_object_unref (priv->data);
}

G_DEFINE_EXTENDED_ERROR (DmcError, dmc_error)

/**
 * dmc_error_kind:
 * @code: a number of DmcError, as it stands on the wire
 *
 * Returns: the stable word for it ("not-found"); "internal" for a number that is none of ours
 */
const char *
dmc_error_kind (int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].code == code)
      return kinds[i].kind;
  return "internal";
}

static gboolean
is_known_code (int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].code == code)
      return TRUE;
  return FALSE;
}

/**
 * dmc_error_new: (skip)
 * @code: what kind of failure
 * @hint: (nullable): what the reader can do about it, one plain sentence
 * @format: what happened, one plain sentence for a person
 *
 * Returns: (transfer full): the error
 */
GError *
dmc_error_new (DmcError code, const char *hint, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (DMC_ERROR, code, format, args);
  va_end (args);
  if (hint != NULL)
    json_object_set_string_member (dmc_error_get_private (error)->data, "hint", hint);
  return error;
}

/**
 * dmc_error_new_param: (skip)
 * @member: the parameter that is refused; "files[1]" for a part of one
 * @hint: (nullable): what the reader can do about it, one plain sentence
 * @format: what is wrong with it, to stand after "MEMBER: "
 *
 * Returns: (transfer full): a DMC_ERROR_PARAMS that names the parameter, in its data too
 */
GError *
dmc_error_new_param (const char *member, const char *hint, const char *format, ...)
{
  g_autofree char *what = NULL;
  GError *error;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  error = dmc_error_new (DMC_ERROR_PARAMS, hint, "%s: %s", member, what);
  json_object_set_string_member (dmc_error_get_private (error)->data, "member", member);
  return error;
}

/**
 * dmc_error_set_data: (skip)
 * @error: a DmcError
 * @member: name of the member of the wire error's data ("state", "limit", "models")
 * @value: (transfer full): its value
 */
void
dmc_error_set_data (GError *error, const char *member, JsonNode *value)
{
  g_return_if_fail (error != NULL && error->domain == DMC_ERROR);
  json_object_set_member (dmc_error_get_private (error)->data, member, value);
}

/**
 * dmc_error_get_data:
 * @error: any error
 *
 * Returns: (transfer none) (nullable): the wire error's data without "kind"; NULL where @error is
 * no DmcError
 */
JsonObject *
dmc_error_get_data (const GError *error)
{
  if (error == NULL || error->domain != DMC_ERROR)
    return NULL;
  return dmc_error_get_private (error)->data;
}

/**
 * dmc_error_get_hint:
 * @error: any error
 *
 * Returns: (transfer none) (nullable): what the reader can do about it
 */
const char *
dmc_error_get_hint (const GError *error)
{
  JsonObject *data = dmc_error_get_data (error);

  return data != NULL ? dmc_json_get_string (data, "hint", NULL) : NULL;
}

/* GLib's own errors reach the wire where a method passes one on; most are failures of a device or a
 * file. */
static int
wire_code (const GError *error)
{
  if (error->domain == DMC_ERROR)
    return error->code;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return DMC_ERROR_CANCELLED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return DMC_ERROR_RESOURCE;
  if (error->domain == G_IO_ERROR || error->domain == G_FILE_ERROR)
    return DMC_ERROR_IO;
  return DMC_ERROR_INTERNAL;
}

/**
 * dmc_error_to_json:
 * @error: any error; one that is no DmcError gets the code that comes nearest
 *
 * Returns: (transfer full): the JSON-RPC error object {code, message, data: {kind, …}}
 */
JsonNode *
dmc_error_to_json (const GError *error)
{
  int code = wire_code (error);
  JsonObject *data = json_object_new ();
  JsonObject *extra = dmc_error_get_data (error);

  json_object_set_string_member (data, "kind", dmc_error_kind (code));
  if (extra != NULL) {
    g_autoptr (GList) names = json_object_get_members (extra);

    for (GList *l = names; l != NULL; l = l->next)
      json_object_set_member (data, l->data, json_object_dup_member (extra, l->data));
  }
  return dmc_json_node ("code:i", (gint64) code, "message:s", error->message, "data:o", data, NULL);
}

/**
 * dmc_error_from_json:
 * @node: a JSON-RPC error object, from outside
 *
 * A code that is none of ours becomes DMC_ERROR_INTERNAL; members of the wrong type are passed
 * over.
 *
 * Returns: (transfer full): a DmcError with the object's message and data
 */
GError *
dmc_error_from_json (JsonNode *node)
{
  JsonObject *object, *data;
  gint64 code;
  GError *error;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return dmc_error_new (DMC_ERROR_INTERNAL, NULL,
                          "The endpoint reported an error of unknown form");

  object = json_node_get_object (node);
  code = dmc_json_get_int (object, "code", DMC_ERROR_INTERNAL);
  if (code < G_MININT || code > G_MAXINT || !is_known_code ((int) code))
    code = DMC_ERROR_INTERNAL;
  error = g_error_new_literal (
      DMC_ERROR, (int) code,
      dmc_json_get_string (object, "message", "The endpoint gave no reason"));
  data = dmc_json_get_object (object, "data");
  if (data != NULL) {
    g_autoptr (GList) names = json_object_get_members (data);

    for (GList *l = names; l != NULL; l = l->next)
      if (!g_str_equal (l->data, "kind"))
        dmc_error_set_data (error, l->data, json_object_dup_member (data, l->data));
  }
  return error;
}

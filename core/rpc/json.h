/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* JSON text to json-glib's nodes and back, strictly by RFC 8259, and short ways to build and to
 * read nodes.
 *
 * json-glib's own parser takes comments, trailing commas, lone surrogates and duplicate members,
 * knows no limit on nesting and leaves copies of secrets behind; so text from outside is read
 * here and only its nodes are used. */

/* The deepest nesting that is accepted. */
#define DMC_JSON_MAX_DEPTH 64

JsonNode *dmc_json_parse (const char *text, gssize length, GError **error);
char     *dmc_json_print (JsonNode *node, gsize *length);
void      dmc_json_append (GString *out, JsonNode *node);
void      dmc_json_append_string (GString *out, const char *text);

/* Builds an object: pairs of a member's name and a value whose kind is the name's last character
 * after a colon: "name:s" const char *, "id:i" gint64, "share:d" double, "focus:b" gboolean,
 * "data:n" JsonNode * (transfer full), "label:o" JsonObject * (transfer full), "list:a"
 * JsonArray * (transfer full); ended by NULL. A NULL value of kind s, n, o or a leaves the member out. */
JsonObject *dmc_json_object (const char *first, ...) G_GNUC_NULL_TERMINATED;
JsonNode   *dmc_json_node (const char *first, ...) G_GNUC_NULL_TERMINATED;
JsonNode   *dmc_json_take_object (JsonObject *object);
JsonNode   *dmc_json_take_array (JsonArray *array);

/* Reading without surprises: a member that is missing or of another type gives the fallback. */
const char *dmc_json_get_string (JsonObject *object, const char *member, const char *fallback);
gint64      dmc_json_get_int (JsonObject *object, const char *member, gint64 fallback);
double      dmc_json_get_double (JsonObject *object, const char *member, double fallback);
gboolean    dmc_json_get_boolean (JsonObject *object, const char *member, gboolean fallback);
JsonObject *dmc_json_get_object (JsonObject *object, const char *member);
JsonArray  *dmc_json_get_array (JsonObject *object, const char *member);
char      **dmc_json_dup_strings (JsonObject *object, const char *member);

/* Overwrites the text of a string member where it stands, so that no copy outlives its use. */
void dmc_json_wipe_string (JsonObject *object, const char *member);

G_END_DECLS

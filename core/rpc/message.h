/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "rpc/buffer.h"

G_BEGIN_DECLS

/* One JSON-RPC message that came in: a request (id and method), a notification (method), or a
 * response (id and one of result and error). */
typedef struct {
  char       *id; /* the id's own JSON text, to be given back unchanged */
  char       *method;
  JsonObject *params; /* empty where none came */
  JsonNode   *result;
  GError     *error;
} DmcMessage;

void     dmc_message_clear (DmcMessage *self);
gboolean dmc_message_read_request (
    DmcMessage *self, JsonNode *node, const char *text, gsize length, GError **error);
gboolean dmc_message_read_reply (DmcMessage *self, JsonNode *node, GError **error);

void dmc_message_append_result (GString *out, const char *id, JsonNode *result);
void dmc_message_append_error (GString *out, const char *id, const GError *error);
void dmc_message_append_call (GString *out, guint64 id, const char *method, JsonNode *params);
void dmc_message_begin_secret_call (DmcBuffer *out, guint64 id, const char *method, JsonNode *params);
void dmc_message_append_secret (DmcBuffer *out, const char *member, const char *secret, gboolean last);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DmcMessage, dmc_message_clear)

G_END_DECLS

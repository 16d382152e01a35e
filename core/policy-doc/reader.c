/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/document-private.h"

#define MAX_NAME_BYTES 256

static gboolean
is_plain (const char *member)
{
  if (!g_ascii_isalpha (*member) && *member != '_' && *member != '$')
    return FALSE;
  for (const char *p = member; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_' && *p != '-' && *p != '$')
      return FALSE;
  return TRUE;
}

/* Quotes and control characters escaped, everything beyond ASCII as it is. */
static char *
escape (const char *member)
{
  char beyond_ascii[129];

  for (guint i = 0; i < 128; i++)
    beyond_ascii[i] = (char)(128 + i);
  beyond_ascii[128] = '\0';
  return g_strescape (member, beyond_ascii);
}

gsize
dmc_policy_reader_enter_member (DmcPolicyReader *self, const char *member)
{
  gsize where = self->path->len;
  g_autofree char *escaped = NULL;

  if (is_plain (member)) {
    g_string_append_printf (self->path, "%s%s", where > 0 ? "." : "", member);
    return where;
  }
  escaped = escape (member);
  g_string_append_printf (self->path, "[\"%s\"]", escaped);
  return where;
}

gsize
dmc_policy_reader_enter_element (DmcPolicyReader *self, guint index)
{
  gsize where = self->path->len;

  g_string_append_printf (self->path, "[%u]", index);
  return where;
}

void
dmc_policy_reader_leave (DmcPolicyReader *self, gsize where)
{
  g_string_truncate (self->path, where);
}

void
dmc_policy_reader_error (DmcPolicyReader *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  dmc_policy_problems_add (self->problems, TRUE, self->path->str, g_strdup_vprintf (format, args));
  va_end (args);
}

void
dmc_policy_reader_warning (DmcPolicyReader *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  dmc_policy_problems_add (self->problems, FALSE, self->path->str, g_strdup_vprintf (format, args));
  va_end (args);
}

JsonObject *
dmc_policy_reader_object (DmcPolicyReader *self, JsonNode *node)
{
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  dmc_policy_reader_error (self, "This must be an object.");
  return NULL;
}

JsonArray *
dmc_policy_reader_array (DmcPolicyReader *self, JsonNode *node)
{
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  dmc_policy_reader_error (self, "This must be an array.");
  return NULL;
}

const char *
dmc_policy_reader_string (DmcPolicyReader *self, JsonNode *node)
{
  if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_get_string (node);
  dmc_policy_reader_error (self, "This must be a string.");
  return NULL;
}

const char *
dmc_policy_reader_name (DmcPolicyReader *self, JsonNode *node)
{
  const char *name = dmc_policy_reader_string (self, node);

  if (name == NULL)
    return NULL;
  if (*name == '\0' || strlen (name) > MAX_NAME_BYTES) {
    dmc_policy_reader_error (self, "A name has 1 to %d bytes.", MAX_NAME_BYTES);
    return NULL;
  }
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    if (g_unichar_iscntrl (g_utf8_get_char (p))) {
      dmc_policy_reader_error (self, "A name has no control characters.");
      return NULL;
    }
  }
  return name;
}

void
dmc_policy_reader_check_members (DmcPolicyReader *self,
                                 JsonObject *object,
                                 const char *const *known)
{
  JsonObjectIter iter;
  const char *member;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &member, NULL)) {
    gsize where;

    if (g_strv_contains (known, member))
      continue;
    where = dmc_policy_reader_enter_member (self, member);
    dmc_policy_reader_error (self, "There is no member “%s” here.", member);
    dmc_policy_reader_leave (self, where);
  }
}

void
dmc_policy_reader_declare (DmcPolicyReader *self,
                           JsonObject *object,
                           const char *member,
                           DmcPolicyNames *names,
                           const char *what,
                           guint max)
{
  gsize where = dmc_policy_reader_enter_member (self, member);
  JsonArray *array = NULL;

  if (json_object_has_member (object, member))
    array = dmc_policy_reader_array (self, json_object_get_member (object, member));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);
    const char *name = dmc_policy_reader_name (self, json_array_get_element (array, i));

    if (name != NULL && dmc_policy_names_count (names) >= max) {
      dmc_policy_reader_error (self, "There can be at most %u of this kind: %s.", max, what);
      array = NULL;
    } else if (name != NULL && dmc_policy_names_add (names, name) < 0) {
      dmc_policy_reader_error (self, "The %s “%s” is declared twice.", what, name);
    }
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
}

int
dmc_policy_reader_find (DmcPolicyReader *self,
                        JsonNode *node,
                        const DmcPolicyNames *names,
                        const char *what)
{
  const char *name = dmc_policy_reader_string (self, node);
  int id;

  if (name == NULL)
    return -1;
  id = dmc_policy_names_find (names, name);
  if (id < 0)
    dmc_policy_reader_error (self, "There is no %s “%s”.", what, name);
  return id;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/json-span.h"

#include <string.h>

static const char *
skip_to (const char *p, const char *end)
{
  while (p < end && strchr (" \t\r\n,:", *p) != NULL && *p != '\0')
    p++;
  return p;
}

static const char *
skip_string (const char *p, const char *end)
{
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p < end ? p + 1 : end;
}

static const char *
skip_container (const char *p, const char *end)
{
  guint depth = 0;

  while (p < end) {
    if (*p == '"') {
      p = skip_string (p, end);
      continue;
    }
    if (*p == '{' || *p == '[')
      depth++;
    else if ((*p == '}' || *p == ']') && --depth == 0)
      return p + 1;
    p++;
  }
  return end;
}

static const char *
skip_value (const char *p, const char *end)
{
  if (p >= end)
    return end;
  if (*p == '"')
    return skip_string (p, end);
  if (*p == '{' || *p == '[')
    return skip_container (p, end);
  while (p < end && strchr (" \t\r\n,]}", *p) == NULL)
    p++;
  return p;
}

/**
 * dmc_json_span_element: (skip)
 * @cursor: (inout): the text of an array before the first call, kept by the caller between calls
 * @end: the end of the text
 * @element: (out): where the next element begins
 * @length: (out): its length
 *
 * Returns: whether there was one more element
 */
gboolean
dmc_json_span_element (const char **cursor, const char *end, const char **element, gsize *length)
{
  const char *p = skip_to (*cursor, end);

  if (p < end && *p == '[' && *element == NULL)
    p = skip_to (p + 1, end);
  if (p >= end || *p == ']')
    return FALSE;
  *element = p;
  *cursor = skip_value (p, end);
  *length = (gsize) (*cursor - p);
  return TRUE;
}

/**
 * dmc_json_span_member: (skip)
 * @text: the text of an object
 * @length: its length
 * @name: a member's name, of plain letters
 *
 * Returns: (transfer full) (nullable): the member's value as it is spelled; NULL where there is
 * none, or where the name is written with escapes
 */
char *
dmc_json_span_member (const char *text, gsize length, const char *name)
{
  const char *end = text + length;
  const char *p = skip_to (text, end);
  gsize name_length = strlen (name);

  if (p >= end || *p != '{')
    return NULL;
  p = skip_to (p + 1, end);
  while (p < end && *p == '"') {
    const char *key = p + 1;
    gsize key_length;
    const char *value;

    p = skip_string (p, end);
    key_length = (gsize) (p - key) - 1;
    value = skip_to (p, end);
    p = skip_value (value, end);
    if (key_length == name_length && memcmp (key, name, name_length) == 0)
      return g_strndup (value, (gsize) (p - value));
    p = skip_to (p, end);
  }
  return NULL;
}

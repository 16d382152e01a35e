/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-locate.h"

#include <string.h>

/* A walk that trusts the text to be JSON and stops at its end where it is not. */

static const char *
skip_space (const char *p)
{
  while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
    p++;
  return p;
}

static const char *
skip_string (const char *p)
{
  for (p++; *p != '\0' && *p != '"'; p++)
    if (*p == '\\' && p[1] != '\0')
      p++;
  return *p == '"' ? p + 1 : p;
}

static const char *
skip_value (const char *p)
{
  guint depth = 0;

  do {
    if (*p == '"') {
      p = skip_string (p);
      continue;
    }
    if (*p == '{' || *p == '[')
      depth++;
    else if (*p == '}' || *p == ']')
      depth--;
    else if (depth == 0)
      return p + strcspn (p, ",}] \t\r\n");
    p++;
  } while (*p != '\0' && depth > 0);
  return p;
}

static char *
read_string (const char *p)
{
  const char *end = skip_string (p);
  g_autofree char *inner = g_strndup (p + 1, end - p >= 2 ? (gsize)(end - p - 2) : 0);

  return g_strcompress (inner);
}

/* The next step of a path: a member's name, or an index (then the result is NULL). */
static char *
next_step (const char **path, guint64 *index)
{
  const char *p = *path;
  gsize length;

  if (*p == '[' && p[1] != '"') {
    char *end;

    *index = g_ascii_strtoull (p + 1, &end, 10);
    *path = *end == ']' ? end + 1 : end;
    return NULL;
  }
  if (*p == '[') {
    char *name = read_string (p + 1);

    p = skip_string (p + 1);
    *path = *p == ']' ? p + 1 : p;
    return name;
  }
  if (*p == '.')
    p++;
  length = strcspn (p, ".[");
  *path = p + length;
  return g_strndup (p, length);
}

/* The value of member @name of the object at @p, and its name's place; NULL: it has none. */
static const char *
find_member (const char *p, const char *name, const char **key)
{
  if (*p != '{')
    return NULL;
  p = skip_space (p + 1);
  while (*p == '"') {
    g_autofree char *found = read_string (p);

    *key = p;
    p = skip_space (skip_string (p));
    if (*p == ':')
      p = skip_space (p + 1);
    if (g_str_equal (found, name))
      return p;
    p = skip_space (skip_value (p));
    if (*p == ',')
      p = skip_space (p + 1);
  }
  return NULL;
}

static const char *
find_element (const char *p, guint64 index)
{
  if (*p != '[')
    return NULL;
  p = skip_space (p + 1);
  for (guint64 i = 0; *p != '\0' && *p != ']'; i++) {
    if (i == index)
      return p;
    p = skip_space (skip_value (p));
    if (*p == ',')
      p = skip_space (p + 1);
  }
  return NULL;
}

void
dmc_json_locate (const char *text, const char *path, gsize *start, gsize *end)
{
  const char *value = skip_space (text);
  const char *key = NULL;
  const char *after;

  while (*path != '\0' && *value != '\0') {
    guint64 index = 0;
    const char *next_key = NULL;
    g_autofree char *name = next_step (&path, &index);
    const char *next
        = name != NULL ? find_member (value, name, &next_key) : find_element (value, index);

    if (next == NULL)
      break;
    value = next;
    key = next_key;
  }
  after = skip_value (value);
  if (memchr (value, '\n', (gsize)(after - value)) != NULL) {
    value = key != NULL ? key : value;
    after = key != NULL ? skip_string (key) : value + 1;
  }
  *start = (gsize)(value - text);
  *end = (gsize)(after - text);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "rpc/error.h"

/* A reader by recursive descent over text that is known to be UTF-8. Depth is bounded, so the stack
 * is too. */
typedef struct {
  const char *start;
  const char *p;
  const char *end;
  guint       depth;
  char       *scratch; /* room for the longest string or number of the text; wiped at the end */
  GError    **error;
} Reader;

static JsonNode *read_value (Reader *r);

static gboolean
fail (Reader *r, const char *what)
{
  gint64 offset = r->p - r->start;
  GError *error = dmc_error_new (
      DMC_ERROR_PARSE, NULL, "This is not valid JSON: %s at byte %" G_GINT64_FORMAT, what, offset);

  /* For an editor, which shows the place. */
  dmc_error_set_data (error, "offset", json_node_init_int (json_node_alloc (), offset));
  g_propagate_error (r->error, error);
  return FALSE;
}

static void
skip_space (Reader *r)
{
  while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
    r->p++;
}

static gboolean
next_is (Reader *r, char c)
{
  return r->p < r->end && *r->p == c;
}

static gboolean
expect (Reader *r, char c, const char *otherwise)
{
  skip_space (r);
  if (!next_is (r, c))
    return fail (r, otherwise);
  r->p++;
  return TRUE;
}

/* --- strings ---------------------------------------------------------------------------------- */

static gboolean
read_hex4 (Reader *r, guint *unit)
{
  *unit = 0;
  if (r->end - r->p < 4)
    return fail (r, "a \\u escape that is cut off");
  for (int i = 0; i < 4; i++) {
    if (!g_ascii_isxdigit (r->p[i]))
      return fail (r, "a \\u escape without four hexadecimal digits");
    *unit = *unit * 16 + (guint) g_ascii_xdigit_value (r->p[i]);
  }
  r->p += 4;
  return TRUE;
}

static gboolean
read_unicode_escape (Reader *r, char **out)
{
  guint unit, low;
  gunichar c;

  if (!read_hex4 (r, &unit))
    return FALSE;
  c = unit;
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return fail (r, "half of a surrogate pair");
  if (unit >= 0xd800 && unit <= 0xdbff) {
    if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
      return fail (r, "half of a surrogate pair");
    r->p += 2;
    if (!read_hex4 (r, &low))
      return FALSE;
    if (low < 0xdc00 || low > 0xdfff)
      return fail (r, "half of a surrogate pair");
    c = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  /* Nodes hold C strings; a text that ended early would be worse than one that is refused. */
  if (c == 0)
    return fail (r, "the character U+0000");
  *out += g_unichar_to_utf8 (c, *out);
  return TRUE;
}

static gboolean
read_escape (Reader *r, char **out)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  const char *found;

  if (r->p >= r->end)
    return fail (r, "a string that does not end");
  if (*r->p == 'u') {
    r->p++;
    return read_unicode_escape (r, out);
  }
  found = memchr (from, *r->p, sizeof from - 1);
  if (found == NULL)
    return fail (r, "an unknown escape");
  *(*out)++ = to[found - from];
  r->p++;
  return TRUE;
}

/* Reads a string into the scratch room and ends it with a NUL. */
static gboolean
read_string (Reader *r)
{
  char *out = r->scratch;

  r->p++;
  for (;;) {
    const char *run = r->p;

    while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (guchar) *r->p >= 0x20)
      r->p++;
    memcpy (out, run, (gsize) (r->p - run));
    out += r->p - run;
    if (r->p >= r->end)
      return fail (r, "a string that does not end");
    if (*r->p == '"')
      break;
    if (*r->p != '\\')
      return fail (r, "a control character in a string");
    r->p++;
    if (!read_escape (r, &out))
      return FALSE;
  }
  r->p++;
  *out = '\0';
  return TRUE;
}

/* --- numbers and words ------------------------------------------------------------------------ */

static gboolean
skip_digits (Reader *r)
{
  if (r->p >= r->end || !g_ascii_isdigit (*r->p))
    return fail (r, "a number without digits");
  while (r->p < r->end && g_ascii_isdigit (*r->p))
    r->p++;
  return TRUE;
}

static gboolean
scan_number (Reader *r, gboolean *integer)
{
  *integer = TRUE;
  if (*r->p == '-')
    r->p++;
  if (next_is (r, '0'))
    r->p++;
  else if (!skip_digits (r))
    return FALSE;
  if (r->p < r->end && g_ascii_isdigit (*r->p))
    return fail (r, "a number with leading zeros");
  if (next_is (r, '.')) {
    *integer = FALSE;
    r->p++;
    if (!skip_digits (r))
      return FALSE;
  }
  if (next_is (r, 'e') || next_is (r, 'E')) {
    *integer = FALSE;
    r->p++;
    if (next_is (r, '+') || next_is (r, '-'))
      r->p++;
    if (!skip_digits (r))
      return FALSE;
  }
  return TRUE;
}

static JsonNode *
read_number (Reader *r)
{
  const char *begin = r->p;
  gboolean integer;
  JsonNode *node;
  double value;

  if (!scan_number (r, &integer))
    return NULL;
  memcpy (r->scratch, begin, (gsize) (r->p - begin));
  r->scratch[r->p - begin] = '\0';
  if (integer && !g_str_equal (r->scratch, "-0")) {
    gint64 whole;

    errno = 0;
    whole = g_ascii_strtoll (r->scratch, NULL, 10);
    if (errno != ERANGE) {
      node = json_node_new (JSON_NODE_VALUE);
      json_node_set_int (node, whole);
      return node;
    }
  }
  value = g_ascii_strtod (r->scratch, NULL);
  if (!isfinite (value)) {
    fail (r, "a number that is too large");
    return NULL;
  }
  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_double (node, value);
  return node;
}

static gboolean
skip_word (Reader *r, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (r->end - r->p) < length || memcmp (r->p, word, length) != 0)
    return fail (r, "an unknown word");
  r->p += length;
  return TRUE;
}

static JsonNode *
read_boolean (Reader *r, gboolean value)
{
  JsonNode *node;

  if (!skip_word (r, value ? "true" : "false"))
    return NULL;
  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_boolean (node, value);
  return node;
}

static JsonNode *
read_text (Reader *r)
{
  JsonNode *node;

  if (!read_string (r))
    return NULL;
  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_string (node, r->scratch);
  return node;
}

/* --- objects and arrays ----------------------------------------------------------------------- */

static gboolean
read_member (Reader *r, JsonObject *object)
{
  g_autofree char *name = NULL;
  JsonNode *value;

  skip_space (r);
  if (!next_is (r, '"'))
    return fail (r, "no member's name where one must stand");
  if (!read_string (r))
    return FALSE;
  if (json_object_has_member (object, r->scratch))
    return fail (r, "a member that stands twice in one object");
  name = g_strdup (r->scratch);
  if (!expect (r, ':', "no colon after a member's name"))
    return FALSE;
  value = read_value (r);
  if (value == NULL)
    return FALSE;
  json_object_set_member (object, name, value);
  return TRUE;
}

static gboolean
read_element (Reader *r, JsonArray *array)
{
  JsonNode *value = read_value (r);

  if (value == NULL)
    return FALSE;
  json_array_add_element (array, value);
  return TRUE;
}

static gboolean
read_members (Reader *r, JsonObject *object, JsonArray *array, char close)
{
  r->p++;
  skip_space (r);
  if (next_is (r, close)) {
    r->p++;
    return TRUE;
  }
  for (;;) {
    if (!(object != NULL ? read_member (r, object) : read_element (r, array)))
      return FALSE;
    skip_space (r);
    if (next_is (r, close)) {
      r->p++;
      return TRUE;
    }
    if (!expect (r, ',', "neither a comma nor the end after a value"))
      return FALSE;
  }
}

static JsonNode *
read_container (Reader *r)
{
  JsonNode *node;
  gboolean ok;

  if (++r->depth > DMC_JSON_MAX_DEPTH) {
    fail (r, "more than 64 levels of nesting");
    return NULL;
  }
  if (*r->p == '{') {
    node = dmc_json_take_object (json_object_new ());
    ok = read_members (r, json_node_get_object (node), NULL, '}');
  } else {
    node = dmc_json_take_array (json_array_new ());
    ok = read_members (r, NULL, json_node_get_array (node), ']');
  }
  r->depth--;
  if (!ok)
    g_clear_pointer (&node, json_node_unref);
  return node;
}

static JsonNode *
read_value (Reader *r)
{
  skip_space (r);
  if (r->p >= r->end) {
    fail (r, "nothing where a value must stand");
    return NULL;
  }
  switch (*r->p) {
  case '{':
  case '[':
    return read_container (r);
  case '"':
    return read_text (r);
  case 't':
    return read_boolean (r, TRUE);
  case 'f':
    return read_boolean (r, FALSE);
  case 'n':
    return skip_word (r, "null") ? json_node_new (JSON_NODE_NULL) : NULL;
  case '-':
  case '0' ... '9':
    return read_number (r);
  default:
    fail (r, "an unexpected character");
    return NULL;
  }
}

/**
 * dmc_json_parse:
 * @text: the text; it need not end in a NUL where @length is given
 * @length: its length in bytes, or -1 for up to the NUL
 * @error: DMC_ERROR_PARSE, naming the byte
 *
 * Reads one JSON value with nothing after it but white space. Integers that fit 64 bits become
 * G_TYPE_INT64, every other number a double. Of the text no copy is left behind but the nodes
 * themselves.
 *
 * Returns: (transfer full) (nullable): the value
 */
JsonNode *
dmc_json_parse (const char *text, gssize length, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  Reader r = { .start = text, .p = text, .end = text + size, .error = error };
  JsonNode *node;

  if (!g_utf8_validate_len (text, size, &r.p)) {
    fail (&r, "bytes that are not UTF-8");
    return NULL;
  }
  r.p = text;
  r.scratch = g_malloc (size + 1);
  node = read_value (&r);
  skip_space (&r);
  if (node != NULL && r.p < r.end) {
    fail (&r, "more text after the value");
    g_clear_pointer (&node, json_node_unref);
  }
  explicit_bzero (r.scratch, size + 1);
  g_free (r.scratch);
  return node;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See systemd.syntax(7), systemd.unit(5) under "Specifiers", systemd.service(5) under "Command lines" and systemd.time(7). */
#include "apps/unit-words.h"

#include <string.h>

#include "rpc/error.h"

/* Sets @error to what is wrong about @unit, with the value where there is one; returns FALSE. */
gboolean
unit_words_refuse (const char *unit, const char *what, const char *value, GError **error)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "“%s” %s%s%s%s.", unit, what, value != NULL ? " “" : "",
                                           value != NULL ? value : "", value != NULL ? "”" : ""));
  return FALSE;
}

/* --- specifiers --------------------------------------------------------------------------------------------------- */

/* What stands between "@" and the suffix: "" for a unit that is not of a template. */
static char *
instance_of (const char *unit)
{
  const char *at = strchr (unit, '@'), *dot = strrchr (unit, '.');

  return at != NULL && dot != NULL && at < dot ? g_strndup (at + 1, (gsize) (dot - at) - 1) : g_strdup ("");
}

/* Without its suffix, and without the instance if @prefix. */
static char *
stem_of (const char *unit, gboolean prefix)
{
  const char *dot = strrchr (unit, '.');
  gsize length = dot != NULL ? (gsize) (dot - unit) : strlen (unit);

  return g_strndup (unit, prefix ? MIN (length, strcspn (unit, "@")) : length);
}

/* A name of a unit says "-" for "/", and "\xNN" for a byte that may not stand in one. */
static char *
unescape (char *name)
{
  g_autofree char *owned = name;
  GString *out = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++) {
    if (p[0] == '\\' && p[1] == 'x' && g_ascii_isxdigit (p[2]) && g_ascii_isxdigit (p[3])) {
      g_string_append_c (out, (char) (g_ascii_xdigit_value (p[2]) << 4 | g_ascii_xdigit_value (p[3])));
      p += 3;
    } else
      g_string_append_c (out, (char) (*p == '-' ? '/' : *p));
  }
  return g_string_free (out, FALSE);
}

static char *
specifier (const char *unit, const char *home, char letter)
{
  switch (letter) {
  case '%': return g_strdup ("%");
  case 'h': return g_strdup (home);
  case 'n': return g_strdup (unit);
  case 'N': return stem_of (unit, FALSE);
  case 'p': return stem_of (unit, TRUE);
  case 'P': return unescape (stem_of (unit, TRUE));
  case 'i': return instance_of (unit);
  case 'I': return unescape (instance_of (unit));
  case 't': return g_strdup ("${XDG_RUNTIME_DIR}");
  case 'u': return g_strdup ("${USER}");
  case 'E': return g_strconcat (home, "/.config", NULL);
  case 'C': return g_strconcat (home, "/.cache", NULL);
  case 'S': return g_strconcat (home, "/.local/state", NULL);
  case 'L': return g_strconcat (home, "/.local/state/log", NULL);
  case 'T': return g_strdup ("/tmp");
  case 'V': return g_strdup ("/var/tmp");
  default: return NULL;
  }
}

/* Appends @word with what its specifiers stand for. */
gboolean
unit_words_expand (const char *unit, const char *home, const char *word, GString *out, GError **error)
{
  for (const char *p = word; *p != '\0'; p++) {
    g_autofree char *text = NULL;

    if (*p != '%') {
      g_string_append_c (out, *p);
      continue;
    }
    text = specifier (unit, home, *++p);
    if (text == NULL || !g_utf8_validate (text, -1, NULL))
      return unit_words_refuse (unit, "uses a specifier that is not known here, in", word, error);
    g_string_append (out, text);
  }
  return TRUE;
}

/**
 * unit_words_template:
 * @unit: a unit's name
 *
 * Returns: (transfer full) (nullable): the name of the template that it is made of, "NAME@.service"; %NULL if of none
 */
char *
unit_words_template (const char *unit)
{
  const char *at = strchr (unit, '@'), *dot = strrchr (unit, '.');

  return at != NULL && dot != NULL && at + 1 < dot ? g_strdup_printf ("%.*s%s", (int) (at + 1 - unit), unit, dot) : NULL;
}

/* --- words of a shell --------------------------------------------------------------------------------------------- */

/* Of "${NAME}" how long it is; 0 if it is none. */
static gsize
variable_length (const char *text)
{
  gsize length = text[0] == '$' && text[1] == '{' && text[2] != '\0' && strchr (UNIT_NAME_START, text[2]) != NULL
                     ? strspn (text + 2, UNIT_NAME_CHARS) : 0;

  return length > 0 && text[2 + length] == '}' ? length + 3 : 0;
}

/* Appends @word as a shell reads it: variables stand for their values, nothing else for anything but itself. */
void
unit_words_quote (GString *out, const char *word)
{
  if (word[0] == '$' && word[1] != '\0' && strchr (UNIT_NAME_START, word[1]) != NULL
      && word[1 + strspn (word + 1, UNIT_NAME_CHARS)] == '\0') {
    g_string_append (out, word); /* alone it is as many words as its value has */
    return;
  }
  g_string_append_c (out, '"');
  for (const char *p = word; *p != '\0'; p++) {
    gsize variable = variable_length (p);

    if (variable > 0) {
      g_string_append_len (out, p, (gssize) variable);
      p += variable - 1;
      continue;
    }
    if (strchr ("\"\\$`", *p) != NULL)
      g_string_append_c (out, '\\');
    g_string_append_c (out, *p);
    p += p[0] == '$' && p[1] == '$';
  }
  g_string_append_c (out, '"');
}

/* Appends the words of @value, each quoted. */
gboolean
unit_words_add (const char *unit, const char *home, const char *value, GString *out, GError **error)
{
  g_auto (GStrv) words = NULL;

  if (!g_shell_parse_argv (value, NULL, &words, NULL))
    return unit_words_refuse (unit, "has words that cannot be read:", value, error);
  for (gsize i = 0; words[i] != NULL; i++) {
    g_autoptr (GString) word = g_string_new (NULL);

    if (!unit_words_expand (unit, home, words[i], word, error))
      return FALSE;
    if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c (out, ' ');
    unit_words_quote (out, word->str);
  }
  return TRUE;
}

/* --- spans of time ------------------------------------------------------------------------------------------------ */

static double
unit_of_time (const char *name, gsize length)
{
  static const struct {
    const char *names;
    double seconds;
  } units[] = {
    { " us usec ", 1e-6 },
    { " ms msec ", 1e-3 },
    { " s sec second seconds ", 1 },
    { " m min minute minutes ", 60 },
    { " h hr hour hours ", 3600 },
    { " d day days ", 86400 },
    { " w week weeks ", 7 * 86400 },
  };
  g_autofree char *word = g_strdup_printf (" %.*s ", (int) length, name);

  for (gsize i = 0; length > 0 && i < G_N_ELEMENTS (units); i++)
    if (strstr (units[i].names, word) != NULL)
      return units[i].seconds;
  return length == 0 ? 1 : 0;
}

/* A span as systemd reads it: "90", "1min 30s", "500ms". */
gboolean
unit_words_seconds (const char *value, double *seconds)
{
  gboolean any = FALSE;

  *seconds = 0;
  for (const char *p = value + strspn (value, " "); *p != '\0'; p += strspn (p, " ")) {
    gsize digits = strspn (p, G_CSET_DIGITS "."), letters;
    double factor;

    if (digits == 0 || digits > 15)
      return FALSE;
    letters = strspn (p + digits + strspn (p + digits, " "), G_CSET_a_2_z);
    factor = unit_of_time (p + digits + strspn (p + digits, " "), letters);
    if (factor == 0)
      return FALSE;
    *seconds += g_ascii_strtod (p, NULL) * factor;
    p += digits + strspn (p + digits, " ") + letters;
    any = TRUE;
  }
  return any;
}

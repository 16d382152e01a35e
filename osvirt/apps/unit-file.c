/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See systemd.syntax(7), systemd.unit(5), systemd.service(5) and systemd.exec(5). */
#include "apps/unit-file.h"

#include <string.h>

#include "rpc/error.h"

#define MAX_STEPS 32
/* As systemd's own: DefaultStartLimitBurst, DefaultStartLimitIntervalSec, DefaultRestartSec. */
#define BURST         "5"
#define BURST_SECONDS "10"
#define RESTART_SEC   "0.1"
#define NAME_START    G_CSET_a_2_z G_CSET_A_2_Z "_"
#define NAME_CHARS    NAME_START G_CSET_DIGITS

typedef struct {
  const char *name, *home;
  GPtrArray *before, *start; /* of commands as a shell takes them */
  GString *setup;            /* what a shell does first */
  char *type, *restart, *restart_sec;
  GPtrArray *notes;
} Unit;

static void
unit_clear (Unit *self)
{
  g_ptr_array_unref (self->before);
  g_ptr_array_unref (self->start);
  g_string_free (self->setup, TRUE);
  g_free (self->type);
  g_free (self->restart);
  g_free (self->restart_sec);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Unit, unit_clear)

static gboolean
refuse (const Unit *self, GError **error, const char *what, const char *value)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "“%s” %s%s%s%s.", self->name, what, value != NULL ? " “" : "",
                                           value != NULL ? value : "", value != NULL ? "”" : ""));
  return FALSE;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static gboolean
expand_specifiers (const Unit *self, const char *word, GString *out, GError **error)
{
  gsize stem = strcspn (self->name, ".");

  for (const char *p = word; *p != '\0'; p++) {
    if (*p != '%') {
      g_string_append_c (out, *p);
      continue;
    }
    switch (*++p) {
    case '%': g_string_append_c (out, '%'); break;
    case 'h': g_string_append (out, self->home); break;
    case 'n': g_string_append (out, self->name); break;
    case 'N':
    case 'p': g_string_append_len (out, self->name, (gssize) stem); break;
    case 't': g_string_append (out, "${XDG_RUNTIME_DIR}"); break;
    case 'u': g_string_append (out, "${USER}"); break;
    default: return refuse (self, error, "uses a specifier that is not known here, in", word);
    }
  }
  return TRUE;
}

/* Of "${NAME}" how long it is; 0 if it is none. */
static gsize
variable_length (const char *text)
{
  gsize length = text[0] == '$' && text[1] == '{' && text[2] != '\0' && strchr (NAME_START, text[2]) != NULL
                     ? strspn (text + 2, NAME_CHARS) : 0;

  return length > 0 && text[2 + length] == '}' ? length + 3 : 0;
}

/* As a shell reads it: variables stand for their values, nothing else for anything but itself. */
static void
quote (GString *out, const char *word)
{
  if (word[0] == '$' && word[1] != '\0' && strchr (NAME_START, word[1]) != NULL && word[1 + strspn (word + 1, NAME_CHARS)] == '\0') {
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

/* Adds the words of @value to @out, each quoted. */
static gboolean
add_words (const Unit *self, const char *value, GString *out, GError **error)
{
  g_auto (GStrv) words = NULL;

  if (!g_shell_parse_argv (value, NULL, &words, NULL))
    return refuse (self, error, "has words that cannot be read:", value);
  for (gsize i = 0; words[i] != NULL; i++) {
    g_autoptr (GString) word = g_string_new (NULL);

    if (!expand_specifiers (self, words[i], word, error))
      return FALSE;
    if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c (out, ' ');
    quote (out, word->str);
  }
  return TRUE;
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

/* What is set to nothing forgets what was set before. */
static gboolean
take_command (Unit *self, GPtrArray *commands, const char *value, GError **error)
{
  gboolean may_fail = memchr (value, '-', strspn (value, "-@:+!")) != NULL;
  g_autoptr (GString) line = g_string_new (NULL);

  if (*value == '\0') {
    g_ptr_array_set_size (commands, 0);
    return TRUE;
  }
  if (commands->len == MAX_STEPS)
    return refuse (self, error, "has too many commands", NULL);
  if (!add_words (self, value + strspn (value, "-@:+!"), line, error))
    return FALSE;
  if (may_fail) {
    g_string_prepend (line, "{ ");
    g_string_append (line, " || :; }");
  }
  g_ptr_array_add (commands, g_strdup (line->str));
  return TRUE;
}

static gboolean
take_environment (Unit *self, const char *value, GError **error)
{
  g_auto (GStrv) words = NULL;

  if (*value != '\0' && !g_shell_parse_argv (value, NULL, &words, NULL))
    return refuse (self, error, "has an environment that cannot be read:", value);
  for (gsize i = 0; words != NULL && words[i] != NULL; i++) {
    gsize length = strspn (words[i], NAME_CHARS);
    g_autoptr (GString) text = g_string_new (NULL);

    if (length == 0 || words[i][length] != '=' || g_ascii_isdigit (words[i][0]))
      return refuse (self, error, "has an environment that cannot be read:", value);
    if (!expand_specifiers (self, words[i] + length + 1, text, error))
      return FALSE;
    g_string_append_printf (self->setup, "export %.*s=", (int) length, words[i]);
    quote (self->setup, text->str);
    g_string_append_c (self->setup, '\n');
  }
  return TRUE;
}

static gboolean
take_directory (Unit *self, const char *value, GError **error)
{
  gboolean may_miss = *value == '-';
  g_autoptr (GString) place = g_string_new (NULL);

  value += may_miss;
  if (!expand_specifiers (self, g_str_equal (value, "~") ? "%h" : value, place, error))
    return FALSE;
  g_string_append (self->setup, "cd -- ");
  quote (self->setup, place->str);
  g_string_append (self->setup, may_miss ? " || :\n" : " || exit 200\n");
  return TRUE;
}

/* Seconds as sleep(1) takes them. */
static gboolean
take_seconds (Unit *self, const char *value, GError **error)
{
  gsize length = strspn (value, G_CSET_DIGITS ".");
  const char *unit = value + length;
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  while (*unit == ' ')
    unit++;
  g_free (self->restart_sec);
  if (length > 0 && length < 16 && g_str_equal (unit, "ms")) /* with a point in every language */
    self->restart_sec = g_strdup (g_ascii_formatd (seconds, sizeof seconds, "%.3f", g_ascii_strtod (value, NULL) / 1000));
  else if (length > 0 && length < 16 && (*unit == '\0' || strchr ("smh", *unit) != NULL) && strlen (unit) <= 3)
    self->restart_sec = g_strdup_printf ("%.*s%.1s", (int) length, value, unit);
  else {
    self->restart_sec = NULL;
    return refuse (self, error, "has a RestartSec that cannot be read:", value);
  }
  return TRUE;
}

static void
take_word (char **place, const char *value)
{
  g_free (*place);
  *place = g_strdup (value);
}

static gboolean
is_without_effect (const char *group, const char *key)
{
  static const char *const harmless[] = { "Description", "Documentation", "After", "Before", "Wants", "PartOf", "DefaultDependencies",
                                          "RemainAfterExit", "NotifyAccess", "BusName", "KillMode", "ExecReload", "TimeoutStartSec",
                                          "TimeoutStopSec", "TimeoutSec", "SyslogIdentifier", NULL };

  return !g_str_equal (group, "Install") && !g_str_has_prefix (group, "X-") && !g_str_has_prefix (key, "X-")
         && !g_strv_contains (harmless, key);
}

static gboolean
take_setting (Unit *self, const char *group, const char *key, const char *value, GError **error)
{
  if (g_str_equal (group, "Service")) {
    if (g_str_equal (key, "ExecStart"))
      return take_command (self, self->start, value, error);
    if (g_str_equal (key, "ExecStartPre"))
      return take_command (self, self->before, value, error);
    if (g_str_equal (key, "Environment"))
      return take_environment (self, value, error);
    if (g_str_equal (key, "WorkingDirectory"))
      return take_directory (self, value, error);
    if (g_str_equal (key, "RestartSec"))
      return take_seconds (self, value, error);
    if (g_str_equal (key, "Restart") || g_str_equal (key, "Type")) {
      take_word (*key == 'T' ? &self->type : &self->restart, value);
      return TRUE;
    }
  }
  if (is_without_effect (group, key))
    g_ptr_array_add (self->notes, g_strdup_printf ("%s=, which “%s” sets, has no effect in a workspace.", key, self->name));
  return TRUE;
}

/* A line that ends with a backslash goes on; comments between its parts are skipped. */
static gboolean
take_lines (Unit *self, const char *data, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (data, "\n", -1);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *group = g_strdup ("");

  for (gsize i = 0; lines[i] != NULL; i++) {
    char *part = g_strstrip (lines[i]), *equals;
    gboolean goes_on = g_str_has_suffix (part, "\\");

    if (*part == '#' || *part == ';')
      continue;
    g_string_append_len (line, part, (gssize) strlen (part) - goes_on);
    if (goes_on && lines[i + 1] != NULL) {
      g_string_append_c (line, ' ');
      continue;
    }
    equals = strchr (line->str, '=');
    if (*line->str == '[' && line->str[line->len - 1] == ']') {
      g_free (group);
      group = g_strndup (line->str + 1, line->len - 2);
    } else if (equals != NULL) {
      *equals = '\0';
      if (!take_setting (self, group, g_strstrip (line->str), g_strstrip (equals + 1), error))
        return FALSE;
    } else if (line->len > 0)
      return refuse (self, error, "has a line that cannot be read:", line->str);
    g_string_truncate (line, 0);
  }
  return TRUE;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

/* When it is started again; NULL: never. */
static const char *
restart_condition (Unit *self)
{
  static const struct {
    const char *word, *stop;
  } conditions[] = {
    { "always", "" },
    { "on-failure", "test $status -ne 0 || exit 0\n" },
    { "on-success", "test $status -eq 0 || exit $status\n" },
    { "on-abnormal", "test $status -gt 128 || exit $status\n" },
    { "on-abort", "test $status -gt 128 || exit $status\n" },
  };

  for (gsize i = 0; self->restart != NULL && i < G_N_ELEMENTS (conditions); i++)
    if (g_str_equal (self->restart, conditions[i].word)) {
      if (g_strcmp0 (self->type, "forking") != 0)
        return conditions[i].stop;
      g_ptr_array_add (self->notes, g_strdup_printf ("Restart=, which “%s” sets, has no effect in a workspace with Type=forking.", self->name));
    }
  return NULL;
}

static void
append_steps (GString *script, const GPtrArray *commands, gboolean last)
{
  for (guint i = 0; i < commands->len; i++)
    g_string_append_printf (script, "%s%s", (const char *) g_ptr_array_index (commands, i), last && i + 1 == commands->len ? "\n" : " &&\n");
}

static char *
make_script (Unit *self)
{
  const char *stop = restart_condition (self);
  g_autoptr (GString) script = g_string_new ("set -f\n");

  g_string_append (script, self->setup->str);
  if (stop != NULL)
    g_string_append (script, "first=0 count=0\nwhile :; do\n");
  append_steps (script, self->before, FALSE);
  if (stop == NULL && self->start->len == 1 && *(const char *) g_ptr_array_index (self->start, 0) != '{')
    g_string_append (script, "exec ");
  append_steps (script, self->start, TRUE);
  if (stop != NULL)
    g_string_append_printf (script,
                            "status=$?\n%s"
                            "now=$(date +%%s)\n"
                            "test $((now - first)) -lt " BURST_SECONDS " || first=$now count=0\n"
                            "count=$((count + 1))\n"
                            "if test $count -ge " BURST "; then\n"
                            "  echo \"$0 has ended " BURST " times within " BURST_SECONDS " seconds, and is not started again.\" >&2\n"
                            "  exit $status\nfi\n"
                            "sleep %s\ndone\n",
                            stop, self->restart_sec != NULL ? self->restart_sec : RESTART_SEC);
  return g_string_free (g_steal_pointer (&script), FALSE);
}

GStrv
unit_file_command (const char *name, const char *data, gsize length, const char *home, GPtrArray *notes, GError **error)
{
  g_auto (Unit) self = { .name = name, .home = home, .notes = notes,
                         .before = g_ptr_array_new_with_free_func (g_free), .start = g_ptr_array_new_with_free_func (g_free),
                         .setup = g_string_new (NULL) };
  g_autofree char *text = g_strndup (data, length), *script = NULL;
  const char *argv[] = { "/bin/sh", "-c", NULL, name, NULL };

  if (length > UNIT_FILE_MAX_SIZE || !g_utf8_validate_len (data, length, NULL)) {
    refuse (&self, error, "is not the text of a unit", NULL);
    return NULL;
  }
  if (!take_lines (&self, text, error))
    return NULL;
  if (self.start->len == 0) {
    refuse (&self, error, "has no ExecStart", NULL);
    return NULL;
  }
  if (self.start->len > 1 && g_strcmp0 (self.type, "oneshot") != 0) {
    refuse (&self, error, "has more than one ExecStart and is not of Type=oneshot", NULL);
    return NULL;
  }
  argv[2] = script = make_script (&self);
  return g_strdupv ((char **) argv);
}

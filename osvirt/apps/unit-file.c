/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See systemd.syntax(7), systemd.unit(5), systemd.service(5) and systemd.exec(5). */
#include "apps/unit-file.h"

#include <string.h>

#include "apps/unit-words.h"

#define MAX_STEPS 32
#define MAX_UNITS 64
/* As systemd's own: DefaultStartLimitBurst, DefaultStartLimitIntervalSec, DefaultRestartSec. */
#define BURST         5
#define BURST_SECONDS 10
#define RESTART_SEC   0.1

/* What is read, until it is a command. Steps are lines of a shell. */
typedef struct {
  const char *name, *home;
  UnitFile *file;
  GPtrArray *conditions, *folders, *environment, *files, *before, *start;
  char *directory, *mask, *type, *restart, *output, *errors;
  double restart_sec, burst_seconds;
  guint64 burst;
  GPtrArray *notes;
} Unit;

static void
unit_clear (Unit *self)
{
  GPtrArray *arrays[] = { self->conditions, self->folders, self->environment, self->files, self->before, self->start };
  char *texts[] = { self->directory, self->mask, self->type, self->restart, self->output, self->errors };

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_ptr_array_unref (arrays[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Unit, unit_clear)

static gboolean
refuse (const Unit *self, GError **error, const char *what, const char *value)
{
  return unit_words_refuse (self->name, what, value, error);
}

static void
add_note (Unit *self, const char *key)
{
  g_ptr_array_add (self->notes, g_strdup_printf ("%s=, which “%s” sets, has no effect in a workspace.", key, self->name));
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

/* Appends @place, one word whatever is in it, as a shell reads it. */
static gboolean
add_place (const Unit *self, const char *place, GString *out, GError **error)
{
  g_autoptr (GString) word = g_string_new (NULL);

  if (!unit_words_expand (self->name, self->home, place, word, error))
    return FALSE;
  unit_words_quote (out, word->str);
  return TRUE;
}

/* What is set to nothing forgets what was set before; returns whether it was. */
static gboolean
is_reset (GPtrArray *steps, const char *value)
{
  if (*value == '\0')
    g_ptr_array_set_size (steps, 0);
  return *value == '\0';
}

static gboolean
add_step (const Unit *self, GPtrArray *steps, GString *line, GError **error)
{
  if (steps->len == MAX_STEPS)
    return refuse (self, error, "has too many lines of one kind", NULL);
  g_ptr_array_add (steps, g_strdup (line->str));
  return TRUE;
}

/* The program of a command line, if it is one that must be there and is no variable. */
static char *
program_of (const Unit *self, const char *command)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GString) word = g_string_new (NULL);

  if (!g_shell_parse_argv (command, NULL, &words, NULL) || !unit_words_expand (self->name, self->home, words[0], word, NULL)
      || strchr (word->str, '$') != NULL)
    return NULL;
  return g_strdup (word->str);
}

static gboolean
take_command (Unit *self, const char *key, const char *value, GError **error)
{
  GPtrArray *commands = g_str_equal (key, "ExecStart") ? self->start : self->before;
  gsize marks = strspn (value, "-@:+!");
  gboolean may_fail = memchr (value, '-', marks) != NULL;
  g_autoptr (GString) line = g_string_new (may_fail ? "{ " : NULL);

  if (is_reset (commands, value))
    return TRUE;
  if (memchr (value, '@', marks) != NULL)
    return refuse (self, error, "names its program apart, which does not work here:", value);
  if (!unit_words_add (self->name, self->home, value + marks, line, error))
    return FALSE;
  if (may_fail)
    g_string_append (line, " || :; }");
  if (commands == self->start && commands->len == 0) {
    g_free (self->file->program);
    self->file->program = may_fail ? NULL : program_of (self, value + marks);
  }
  return add_step (self, commands, line, error);
}

static gboolean
take_environment (Unit *self, const char *key, const char *value, GError **error)
{
  g_auto (GStrv) words = NULL;

  if (is_reset (self->environment, value))
    return TRUE;
  if (!g_shell_parse_argv (value, NULL, &words, NULL))
    return refuse (self, error, "has an environment that cannot be read:", value);
  for (gsize i = 0; words[i] != NULL; i++) {
    gsize length = strspn (words[i], UNIT_NAME_CHARS);
    g_autoptr (GString) line = g_string_new (NULL);

    if (length == 0 || words[i][length] != '=' || g_ascii_isdigit (words[i][0]))
      return refuse (self, error, "has an environment that cannot be read:", value);
    g_string_printf (line, "%.*s=", (int) length, words[i]);
    if (!add_place (self, words[i] + length + 1, line, error))
      return FALSE;
    g_string_append_printf (line, "; export %.*s", (int) length, words[i]);
    if (!add_step (self, self->environment, line, error))
      return FALSE;
  }
  return TRUE;
}

/* Lines NAME=VALUE, with or without quotes around the value. */
static gboolean
take_environment_file (Unit *self, const char *key, const char *value, GError **error)
{
  gboolean may_miss = *value == '-';
  g_autoptr (GString) line = g_string_new (may_miss ? "test ! -r " : NULL);

  if (is_reset (self->files, value))
    return TRUE;
  if (may_miss && !add_place (self, value + 1, line, error))
    return FALSE;
  g_string_append (line, may_miss ? " || " : "");
  g_string_append (line, "while IFS= read -r line || test -n \"$line\"; do\n"
                         "  case $line in [A-Za-z_]*=\\\"*\\\" | [A-Za-z_]*=\\'*\\')"
                         " value=${line#*=} value=${value%?} line=${line%%=*}=${value#?};; esac\n"
                         "  case ${line%%=*} in *[!A-Za-z0-9_]* | [0-9]* | '') ;; *) export \"$line\";; esac\n"
                         "done < ");
  if (!add_place (self, value + may_miss, line, error))
    return FALSE;
  g_string_append (line, " || exit 200");
  return add_step (self, self->files, line, error);
}

static gboolean
take_folders (Unit *self, const char *key, const char *value, GError **error)
{
  static const struct {
    const char *key, *base, *variable;
  } kinds[] = {
    { "RuntimeDirectory", "%t", "RUNTIME_DIRECTORY" },        { "StateDirectory", "%S", "STATE_DIRECTORY" },
    { "CacheDirectory", "%C", "CACHE_DIRECTORY" },            { "LogsDirectory", "%L", "LOGS_DIRECTORY" },
    { "ConfigurationDirectory", "%E", "CONFIGURATION_DIRECTORY" },
  };
  g_auto (GStrv) words = g_strsplit_set (value, " \t", -1);
  gsize kind = 0;

  while (!g_str_equal (kinds[kind].key, key))
    kind++;
  for (gsize i = 0; words[i] != NULL; i++) {
    g_autofree char *path = g_strdup_printf ("%s/%.*s", kinds[kind].base, (int) strcspn (words[i], ":"), words[i]);
    g_autoptr (GString) line = g_string_new (NULL);

    if (*words[i] == '\0')
      continue;
    g_string_append (line, "mkdir -p -- ");
    if (!add_place (self, path, line, error))
      return FALSE;
    g_string_append_printf (line, " || exit 200; %s=${%s:+$%s:}", kinds[kind].variable, kinds[kind].variable, kinds[kind].variable);
    if (!add_place (self, path, line, error))
      return FALSE;
    g_string_append_printf (line, "; export %s", kinds[kind].variable);
    if (!add_step (self, self->folders, line, error))
      return FALSE;
  }
  return TRUE;
}

/* Only that it holds or not: a service that is kept from its start by one has not failed. */
static gboolean
take_condition (Unit *self, const char *key, const char *value, GError **error)
{
  static const struct {
    const char *key, *test;
  } tests[] = {
    { "ConditionPathExists", "-e" },      { "ConditionPathIsDirectory", "-d" }, { "ConditionPathIsSymbolicLink", "-L" },
    { "ConditionPathIsReadWrite", "-w" }, { "ConditionFileNotEmpty", "-s" },    { "ConditionFileIsExecutable", "-x" },
  };
  gboolean not = *value == '!';
  g_autoptr (GString) line = g_string_new ("test ");
  gsize i = 0;

  while (i < G_N_ELEMENTS (tests) && !g_str_equal (tests[i].key, key))
    i++;
  if (is_reset (self->conditions, value))
    return TRUE;
  if (i == G_N_ELEMENTS (tests) || *value == '|') {
    add_note (self, key);
    return TRUE;
  }
  g_string_append_printf (line, "%s%s ", not ? "! " : "", tests[i].test);
  if (!add_place (self, value + not, line, error))
    return FALSE;
  g_string_append (line, " || exit 0");
  return add_step (self, self->conditions, line, error);
}

static gboolean
take_seconds (Unit *self, const char *key, const char *value, GError **error)
{
  double *place = g_str_equal (key, "RestartSec") ? &self->restart_sec : &self->burst_seconds;

  return unit_words_seconds (value, place) || refuse (self, error, "has a span of time that cannot be read:", value);
}

static gboolean
take_burst (Unit *self, const char *key, const char *value, GError **error)
{
  return g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, &self->burst, NULL)
         || refuse (self, error, "has a StartLimitBurst that cannot be read:", value);
}

static gboolean
take_mask (Unit *self, const char *key, const char *value, GError **error)
{
  if (*value == '\0' || strlen (value) > 4 || value[strspn (value, "01234567")] != '\0')
    return refuse (self, error, "has a UMask that cannot be read:", value);
  g_free (self->mask);
  self->mask = g_strdup (value);
  return TRUE;
}

static gboolean
take_text (Unit *self, const char *key, const char *value, GError **error)
{
  const struct {
    const char *key;
    char **place;
  } places[] = {
    { "WorkingDirectory", &self->directory }, { "Type", &self->type },           { "Restart", &self->restart },
    { "StandardOutput", &self->output },      { "StandardError", &self->errors },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_str_equal (places[i].key, key)) {
      g_free (*places[i].place);
      *places[i].place = g_strdup (value);
    }
  return TRUE;
}

static gboolean
take_units (Unit *self, const char *key, const char *value, GError **error)
{
  const struct {
    const char *key;
    GPtrArray *place;
  } places[] = {
    { "Wants", self->file->wants },       { "Requires", self->file->requires }, { "BindsTo", self->file->requires },
    { "Requisite", self->file->requires }, { "After", self->file->after },      { "Before", self->file->before },
  };
  g_auto (GStrv) words = g_strsplit_set (value, " \t", -1);
  gsize kind = 0;

  while (!g_str_equal (places[kind].key, key))
    kind++;
  for (gsize i = 0; words[i] != NULL; i++) {
    g_autoptr (GString) name = g_string_new (NULL);

    if (*words[i] == '\0')
      continue;
    if (places[kind].place->len == MAX_UNITS)
      return refuse (self, error, "names too many other units", NULL);
    if (!unit_words_expand (self->name, self->home, words[i], name, error))
      return FALSE;
    g_ptr_array_add (places[kind].place, g_strdup (name->str));
  }
  return TRUE;
}

static gboolean
is_without_effect (const char *group, const char *key, const char *value)
{
  /* NoNewPrivileges, and being of one user, hold for all programs of a workspace. */
  static const char *const harmless[] = { "Description", "Documentation", "PartOf", "DefaultDependencies", "RemainAfterExit",
                                          "NotifyAccess", "BusName", "KillMode", "ExecReload", "TimeoutStartSec", "TimeoutStopSec",
                                          "TimeoutSec", "SyslogIdentifier", "NoNewPrivileges", "SourcePath", "PIDFile", NULL };

  return *value != '\0' && !g_str_equal (group, "Install") && !g_str_has_prefix (group, "X-") && !g_str_has_prefix (key, "X-")
         && !g_strv_contains (harmless, key);
}

static gboolean
take_setting (Unit *self, const char *group, const char *key, const char *value, GError **error)
{
  static const struct {
    const char *group, *key; /* the key may be a prefix that ends with "*" */
    gboolean (*take) (Unit *self, const char *key, const char *value, GError **error);
  } settings[] = {
    { "Service", "ExecStart", take_command },
    { "Service", "ExecStartPre", take_command },
    { "Service", "Environment", take_environment },
    { "Service", "EnvironmentFile", take_environment_file },
    { "Service", "RuntimeDirectory", take_folders },
    { "Service", "StateDirectory", take_folders },
    { "Service", "CacheDirectory", take_folders },
    { "Service", "LogsDirectory", take_folders },
    { "Service", "ConfigurationDirectory", take_folders },
    { "Service", "UMask", take_mask },
    { "Service", "RestartSec", take_seconds },
    { "Service", "WorkingDirectory", take_text },
    { "Service", "StandardOutput", take_text },
    { "Service", "StandardError", take_text },
    { "Service", "Restart", take_text },
    { "Service", "Type", take_text },
    { "Unit", "StartLimitIntervalSec", take_seconds },
    { "Unit", "StartLimitBurst", take_burst },
    { "Unit", "Wants", take_units },
    { "Unit", "Requires", take_units },
    { "Unit", "BindsTo", take_units },
    { "Unit", "Requisite", take_units },
    { "Unit", "After", take_units },
    { "Unit", "Before", take_units },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].group, group) && g_str_equal (settings[i].key, key))
      return settings[i].take (self, key, value, error);
  if (g_str_equal (group, "Unit") && g_str_has_prefix (key, "Condition"))
    return take_condition (self, key, value, error);
  if (is_without_effect (group, key, value))
    add_note (self, key);
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

static void
append_all (GString *script, const GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    g_string_append_printf (script, "%s\n", (const char *) g_ptr_array_index (steps, i));
}

static gboolean
append_directory (Unit *self, GString *script, GError **error)
{
  const char *place = self->directory;
  gboolean may_miss = place != NULL && *place == '-';

  if (place == NULL || *place == '\0')
    return TRUE;
  place += may_miss;
  g_string_append (script, "cd -- ");
  if (!add_place (self, g_str_equal (place, "~") ? "%h" : place, script, error))
    return FALSE;
  g_string_append (script, may_miss ? " || :\n" : " || exit 200\n");
  return TRUE;
}

/* What is for a journal goes into the log of the app. */
static gboolean
append_output (Unit *self, GString *script, const char *key, const char *value, const char *stream, GError **error)
{
  static const struct {
    const char *prefix, *redirect;
  } kinds[] = { { "file:", "<>" }, { "append:", ">>" }, { "truncate:", ">" } };

  if (value == NULL || *value == '\0' || g_str_has_prefix (value, "journal") || g_str_equal (value, "inherit"))
    return TRUE;
  if (g_str_equal (value, "null")) {
    g_string_append_printf (script, "exec %s> /dev/null\n", stream);
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (value, kinds[i].prefix)) {
      g_string_append_printf (script, "exec %s%s ", stream, kinds[i].redirect);
      if (!add_place (self, value + strlen (kinds[i].prefix), script, error))
        return FALSE;
      g_string_append_c (script, '\n');
      return TRUE;
    }
  add_note (self, key);
  return TRUE;
}

static gboolean
append_setup (Unit *self, GString *script, GError **error)
{
  append_all (script, self->conditions);
  if (self->mask != NULL)
    g_string_append_printf (script, "umask %s\n", self->mask);
  append_all (script, self->folders);
  append_all (script, self->environment);
  append_all (script, self->files);
  if (!append_output (self, script, "StandardOutput", self->output, "1", error))
    return FALSE;
  if (self->output != NULL && (self->errors == NULL || *self->errors == '\0' || g_str_equal (self->errors, "inherit")))
    g_string_append (script, "exec 2>&1\n");
  return append_output (self, script, "StandardError", self->errors, "2", error) && append_directory (self, script, error);
}

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

/* Gives up a service that has ended too often, as systemd does. */
static void
append_restart (Unit *self, GString *script, const char *stop)
{
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (script, "status=$?\n%s", stop);
  if (self->burst > 0 && self->burst_seconds > 0)
    g_string_append_printf (script,
                            "now=$(date +%%s)\n"
                            "test $((now - first)) -lt %.0f || first=$now count=0\n"
                            "count=$((count + 1))\n"
                            "if test $count -ge %" G_GUINT64_FORMAT "; then\n"
                            "  echo \"$0 has ended $count times within %.0f seconds, and is not started again.\" >&2\n"
                            "  exit $status\nfi\n",
                            MAX (self->burst_seconds, 1), self->burst, MAX (self->burst_seconds, 1));
  /* With a point in every language. */
  g_string_append_printf (script, "sleep %s\ndone\n", g_ascii_formatd (seconds, sizeof seconds, "%.3f", self->restart_sec));
}

static char *
make_script (Unit *self, GError **error)
{
  const char *stop = restart_condition (self);
  g_autoptr (GString) script = g_string_new ("set -f\n");

  if (!append_setup (self, script, error))
    return NULL;
  if (stop != NULL)
    g_string_append (script, "first=0 count=0\nwhile :; do\n");
  append_steps (script, self->before, FALSE);
  if (stop == NULL && self->start->len == 1 && *(const char *) g_ptr_array_index (self->start, 0) != '{')
    g_string_append (script, "exec ");
  append_steps (script, self->start, TRUE);
  if (stop != NULL)
    append_restart (self, script, stop);
  return g_string_free (g_steal_pointer (&script), FALSE);
}

static gboolean
take_texts (Unit *self, GPtrArray *texts, GError **error)
{
  for (guint i = 0; i < texts->len; i++) {
    gsize length;
    const char *data = g_bytes_get_data (g_ptr_array_index (texts, i), &length);
    g_autofree char *text = NULL;

    if (length > UNIT_FILE_MAX_SIZE || (length > 0 && !g_utf8_validate_len (data, length, NULL)))
      return refuse (self, error, "is not the text of a unit", NULL);
    text = g_strndup (data != NULL ? data : "", length);
    if (!take_lines (self, text, error))
      return FALSE;
  }
  if (self->start->len == 0)
    return refuse (self, error, "has no ExecStart", NULL);
  self->file->oneshot = g_strcmp0 (self->type, "oneshot") == 0;
  return self->start->len == 1 || self->file->oneshot || refuse (self, error, "has more than one ExecStart and is not of Type=oneshot", NULL);
}

static UnitFile *
unit_file_new (const char *name)
{
  UnitFile *self = g_new0 (UnitFile, 1);

  self->name = g_strdup (name);
  self->wants = g_ptr_array_new_with_free_func (g_free);
  self->requires = g_ptr_array_new_with_free_func (g_free);
  self->after = g_ptr_array_new_with_free_func (g_free);
  self->before = g_ptr_array_new_with_free_func (g_free);
  return self;
}

UnitFile *
unit_file_parse (const char *name, GPtrArray *texts, const char *home, GPtrArray *notes, GError **error)
{
  g_autoptr (UnitFile) file = unit_file_new (name);
  g_auto (Unit) self = { .name = name, .home = home, .file = file, .notes = notes, .restart_sec = RESTART_SEC,
                         .burst_seconds = BURST_SECONDS, .burst = BURST };
  GPtrArray **arrays[] = { &self.conditions, &self.folders, &self.environment, &self.files, &self.before, &self.start };
  const char *argv[] = { "/bin/sh", "-c", NULL, name, NULL };
  g_autofree char *script = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    *arrays[i] = g_ptr_array_new_with_free_func (g_free);
  if (!take_texts (&self, texts, error))
    return NULL;
  argv[2] = script = make_script (&self, error);
  if (script == NULL)
    return NULL;
  file->argv = g_strdupv ((char **) argv);
  if (self.before->len > 0) /* which may bring it */
    g_clear_pointer (&file->program, g_free);
  return g_steal_pointer (&file);
}

void
unit_file_free (UnitFile *self)
{
  g_free (self->name);
  g_free (self->program);
  g_strfreev (self->argv);
  g_ptr_array_unref (self->wants);
  g_ptr_array_unref (self->requires);
  g_ptr_array_unref (self->after);
  g_ptr_array_unref (self->before);
  g_free (self);
}

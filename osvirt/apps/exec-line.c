/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Exec key of the Desktop Entry Specification. The value is split into words first and the field
 * codes are filled in afterwards, so that a file name is never read as shell syntax. */
#include "apps/exec-line.h"

#include "rpc/error.h"

/* No real Exec value comes near; a hostile one must not make us allocate without bound. */
#define MAX_WORDS 256

static gboolean
is_uri (const char *file)
{
  g_autofree char *scheme = g_uri_parse_scheme (file);

  return scheme != NULL && file[0] != '/';
}

static char *
file_as_path (const char *file, GError **error)
{
  if (!is_uri (file))
    return g_strdup (file);

  char *path = g_filename_from_uri (file, NULL, NULL);
  if (path == NULL)
    g_propagate_error (error, dmc_error_new_param ("files",
                                                   "Give a file of the workspace by its absolute path.",
                                                   "this app opens local files only, not “%s”", file));
  return path;
}

static char *
file_as_uri (const char *file, GError **error)
{
  return is_uri (file) ? g_strdup (file) : g_filename_to_uri (file, NULL, error);
}

static char *
file_for_code (char code, const char *file, GError **error)
{
  return g_ascii_tolower (code) == 'f' ? file_as_path (file, error) : file_as_uri (file, error);
}

static gboolean
unknown_code (char code, GError **error)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY,
                                           "The app's desktop file is faulty; reinstall the app.",
                                           "The app's start command has the unknown field code “%%%c”.",
                                           code == '\0' ? ' ' : code));
  return FALSE;
}

/* Expands the codes that stand for one string inside a word. */
static gboolean
append_field (GString *out, char code, const char *file, const ExecFields *fields, GError **error)
{
  g_autofree char *value = NULL;

  switch (code) {
  case '%':
    g_string_append_c (out, '%');
    return TRUE;
  case 'c':
    g_string_append (out, fields->name != NULL ? fields->name : "");
    return TRUE;
  case 'k':
    g_string_append (out, fields->desktop_file != NULL ? fields->desktop_file : "");
    return TRUE;
  case 'f':
  case 'u':
    if (file == NULL)
      return TRUE;
    value = file_for_code (code, file, error);
    if (value == NULL)
      return FALSE;
    g_string_append (out, value);
    return TRUE;
  case 'd':
  case 'D':
  case 'n':
  case 'N':
  case 'v':
  case 'm': /* deprecated by the specification: to be removed */
    return TRUE;
  default:
    return unknown_code (code, error);
  }
}

static gboolean
append_word (GPtrArray *argv, const char *word, const char *file, const ExecFields *fields, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean has_code = FALSE;

  for (const char *p = word; *p != '\0'; p++) {
    if (*p != '%') {
      g_string_append_c (out, *p);
      continue;
    }
    p++;
    has_code |= *p != '%';
    if (*p == '\0')
      return unknown_code ('\0', error);
    if (!append_field (out, *p, file, fields, error))
      return FALSE;
  }
  /* A word that was only a code which stands for nothing vanishes; an empty "" stays. */
  if (out->len > 0 || !has_code)
    g_ptr_array_add (argv, g_string_free (g_steal_pointer (&out), FALSE));
  return TRUE;
}

static gboolean
append_list (GPtrArray *argv, char code, const ExecFields *fields, GError **error)
{
  for (gsize i = 0; fields->files != NULL && fields->files[i] != NULL; i++) {
    char *value = file_for_code (code, fields->files[i], error);
    if (value == NULL)
      return FALSE;
    g_ptr_array_add (argv, value);
  }
  return TRUE;
}

static gboolean
append_icon (GPtrArray *argv, const ExecFields *fields)
{
  if (fields->icon != NULL && fields->icon[0] != '\0') {
    g_ptr_array_add (argv, g_strdup ("--icon"));
    g_ptr_array_add (argv, g_strdup (fields->icon));
  }
  return TRUE;
}

static GStrv
expand_once (GStrv words, const char *file, const ExecFields *fields, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; words[i] != NULL; i++) {
    gboolean ok;

    if (g_str_equal (words[i], "%F") || g_str_equal (words[i], "%U"))
      ok = append_list (argv, words[i][1], fields, error);
    else if (g_str_equal (words[i], "%i"))
      ok = append_icon (argv, fields);
    else
      ok = append_word (argv, words[i], file, fields, error);
    if (!ok)
      return NULL;
  }
  if (argv->len == 0 || *(const char *) argv->pdata[0] == '\0') {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY,
                                             "The app's desktop file is faulty; reinstall the app.",
                                             "The app's start command is empty."));
    return NULL;
  }
  g_ptr_array_add (argv, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

/* 'F': the command takes all files at once. 'f': one file a start. '\0': it names none. */
static char
files_code (GStrv words)
{
  for (gsize i = 0; words[i] != NULL; i++) {
    if (g_str_equal (words[i], "%F") || g_str_equal (words[i], "%U"))
      return 'F';
    for (const char *p = strchr (words[i], '%'); p != NULL && p[1] != '\0'; p = strchr (p + 2, '%'))
      if (p[1] == 'f' || p[1] == 'u')
        return 'f';
  }
  return '\0';
}

static GStrv
split_words (const char *exec, gboolean has_files, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_auto (GStrv) words = NULL;
  int n = 0;

  if (!g_shell_parse_argv (exec, &n, &words, &local) || n > MAX_WORDS) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY,
                                             "The app's desktop file is faulty; reinstall the app.",
                                             "The app's start command cannot be read: %s.",
                                             local != NULL ? local->message : "too many words"));
    return NULL;
  }
  if (has_files && files_code (words) == '\0') {
    /* Like GLib: an app that names no place for files gets them at the end. */
    words = g_realloc_n (words, (gsize) n + 2, sizeof (char *));
    words[n] = g_strdup ("%F");
    words[n + 1] = NULL;
  }
  return g_steal_pointer (&words);
}

/**
 * exec_line_expand:
 * @exec: the value of an Exec key, from a file that nobody vouches for
 * @fields: what the field codes stand for
 * @error: where to leave %DMC_ERROR_INTEGRITY (a faulty value) or %DMC_ERROR_PARAMS (a file that
 *   this app cannot open)
 *
 * Expands an Exec value into the argument vectors to start: one, or one per file where the command
 * takes a single file (%f, %u) and several are given.
 * See the Desktop Entry Specification 1.5, "The Exec key".
 *
 * Returns: (transfer full) (element-type GStrv): never empty; %NULL on error
 */
GPtrArray *
exec_line_expand (const char *exec, const ExecFields *fields, GError **error)
{
  gsize n_files = fields->files != NULL ? g_strv_length ((char **) fields->files) : 0;
  g_auto (GStrv) words = split_words (exec, n_files > 0, error);

  if (words == NULL)
    return NULL;

  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  gsize n_commands = files_code (words) == 'f' && n_files > 1 ? n_files : 1;

  for (gsize i = 0; i < n_commands; i++) {
    GStrv argv = expand_once (words, n_files > 0 ? fields->files[i] : NULL, fields, error);
    if (argv == NULL)
      return NULL;
    g_ptr_array_add (commands, argv);
  }
  return g_steal_pointer (&commands);
}

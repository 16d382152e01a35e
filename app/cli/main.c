/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicilectl: everything the console can do, from a shell. */
#include "ctl.h"
#include "table.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static const CtlGroup *const groups[] = {
  &ctl_group_info,    &ctl_group_host,      &ctl_group_image, &ctl_group_disk,
  &ctl_group_domain,  &ctl_group_workspace, &ctl_group_app,   &ctl_group_process, &ctl_group_catalogue,
  &ctl_group_storage, &ctl_group_policy,    &ctl_group_guard, &ctl_group_job,   &ctl_group_events,
  &ctl_group_call,
};

/* Where the summaries start in the list of commands. */
#define USAGE_WIDTH 47

static Ctl ctl;
static gboolean show_version;

static const GOptionEntry global_options[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &ctl.json, "Print results as JSON, as they came", NULL },
  { "control", 0, 0, G_OPTION_ARG_FILENAME, &ctl.paths[CTL_CONTROL],
    "Socket of the control endpoint", "PATH" },
  { "agent", 0, 0, G_OPTION_ARG_FILENAME, &ctl.paths[CTL_AGENT], "Socket of the agent endpoint",
    "PATH" },
  { "passphrase-fd", 0, 0, G_OPTION_ARG_INT, &ctl_passphrase_fd,
    "Read the passphrase from this file descriptor, not from the terminal", "N" },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version and end", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* “domain pause ID”, or “info” where the group is a command itself. */
static char *
describe_command (const CtlGroup *group, const CtlCommand *command)
{
  return g_strjoin (" ", group->name, command->name ? command->name : command->arguments,
                    command->name ? command->arguments : NULL, NULL);
}

static void
append_group (GString *text, const CtlGroup *group)
{
  for (const CtlCommand *command = group->commands; command->run; command++) {
    g_autofree char *usage = describe_command (group, command);
    int padding = MAX (1, USAGE_WIDTH - (int) g_utf8_strlen (usage, -1));
    g_string_append_printf (text, "  %s%*s%s\n", usage, padding, "", command->summary);
  }
}

static char *
describe_all (const CtlGroup *only)
{
  GString *text = g_string_new ("Commands:\n");

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (!only || only == groups[i])
      append_group (text, groups[i]);
  g_string_append (text, "\nWhere a domain or a workspace is wanted, its id or its name will do.\n"
                         "“domicilectl COMMAND --help” tells a command's own options.\n"
                         "Exit codes: 0 done, 1 error, 2 wrong usage, 3 no connection.");
  return g_string_free (text, FALSE);
}

static int
fail (const GError *error)
{
  const char *hint = dmc_error_get_hint (error);
  g_autofree char *message = g_strdup (error->message);

  /* The message may have lines of its own, but must not talk to the terminal. */
  for (char *p = message; *p; p++)
    if (g_ascii_iscntrl (*p) && *p != '\n')
      *p = '?';
  fprintf (stderr, "domicilectl: %s\n", message);
  if (hint) {
    g_autofree char *clean = g_strdelimit (g_strdup (hint), "\033\r\n\t", ' ');
    fprintf (stderr, "%s\n", clean);
  }
  if (error->domain == G_OPTION_ERROR || g_error_matches (error, CTL_ERROR, CTL_ERROR_USAGE))
    return CTL_EXIT_USAGE;
  if (g_error_matches (error, CTL_ERROR, CTL_ERROR_NO_CONNECTION))
    return CTL_EXIT_NO_CONNECTION;
  return CTL_EXIT_ERROR;
}

static const CtlGroup *
find_group (const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (g_str_equal (groups[i]->name, name))
      return groups[i];
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               "There is no command “%s”. “domicilectl --help” lists them.", name);
  return NULL;
}

static const CtlCommand *
find_command (const CtlGroup *group, const char *name, GError **error)
{
  for (const CtlCommand *command = group->commands; command->run; command++)
    if (g_strcmp0 (command->name, name) == 0)
      return command;
  if (!group->commands[0].name) /* the group is a command itself, and that is an argument or option of it */
    return group->commands;
  if (name)
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "There is no command “%s %s”. “domicilectl %s --help” lists them.", group->name,
                 name, group->name);
  else
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "“%s” wants a command. “domicilectl %s --help” lists them.", group->name,
                 group->name);
  return NULL;
}

/* Everything after “--” is an argument; g_option_context_parse() keeps the “--” itself. */
static void
drop_separator (GStrv arguments)
{
  for (char **p = arguments; *p; p++) {
    if (g_str_equal (*p, "--")) {
      g_free (*p);
      memmove (p, p + 1, sizeof (char *) * (g_strv_length (p + 1) + 1));
      return;
    }
  }
}

/* What is sent is JSON, which has no other bytes: they would name something else. */
static gboolean
are_text (GStrv arguments, GError **error)
{
  for (guint i = 0; arguments[i]; i++) {
    if (!g_utf8_validate (arguments[i], -1, NULL)) {
      g_autofree char *shown = ctl_clean (arguments[i]);

      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "“%s” is not text in UTF-8: give it another name first", shown);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
run_command (const CtlGroup *group, const CtlCommand *command, GStrv *arguments, GError **error)
{
  g_autofree char *usage = describe_command (group, command);
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  int n;

  g_option_context_add_main_entries (context, global_options, NULL);
  if (command->options)
    g_option_context_add_main_entries (context, command->options, NULL);
  g_option_context_set_summary (context, command->summary);
  g_option_context_set_ignore_unknown_options (context, FALSE);
  if (!g_option_context_parse_strv (context, arguments, error)) {
    g_prefix_error (error, "Usage: domicilectl %s\n", usage); /* where “--” is missing that shows it */
    return FALSE;
  }

  drop_separator (*arguments);
  if (!are_text (*arguments, error))
    return FALSE;
  n = (int) g_strv_length (*arguments) - 1;
  if (n < command->min_arguments || (command->max_arguments >= 0 && n > command->max_arguments)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "Usage: domicilectl %s\n“domicilectl %s%s%s --help” tells its options.", usage,
                 group->name, command->name ? " " : "", command->name ? command->name : "");
    return FALSE;
  }
  return command->run (&ctl, *arguments + 1, error);
}

/* Removes the words of the group and the command, which leaves a command line of the command's own. */
static GStrv
without_words (GStrv arguments, guint words)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, arguments[0]);
  for (guint i = 1 + words; arguments[i]; i++)
    g_strv_builder_add (builder, arguments[i]);
  return g_strv_builder_end (builder);
}

static gboolean
wants_help (const char *word)
{
  return !word || g_str_equal (word, "--help") || g_str_equal (word, "-h") || g_str_equal (word, "help");
}

static int
print_help (const CtlGroup *group)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND [ARGUMENT…]");
  g_autofree char *description = describe_all (group);
  g_autofree char *help = NULL;

  g_option_context_add_main_entries (context, global_options, NULL);
  g_option_context_set_summary (context, group ? group->summary
                                               : "Shows and governs domains, workspaces and policy.");
  g_option_context_set_description (context, description);
  help = g_option_context_get_help (context, TRUE, NULL);
  fputs (help, stdout);
  return CTL_EXIT_OK;
}

static gboolean
dispatch (GStrv arguments, GError **error)
{
  const CtlGroup *group = find_group (arguments[1], error);
  const CtlCommand *command;
  g_auto (GStrv) own = NULL;

  if (!group)
    return FALSE;
  if (group->commands[0].name && arguments[2] && wants_help (arguments[2]))
    return print_help (group) == CTL_EXIT_OK;
  command = find_command (group, arguments[2], error);
  if (!command)
    return FALSE;
  own = without_words (arguments, command->name ? 2 : 1);
  return run_command (group, command, &own, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = NULL;
  int code;

  setlocale (LC_ALL, "");
  g_set_prgname ("domicilectl");
  /* A passphrase passes through this process. */
  prctl (PR_SET_DUMPABLE, 0);

  arguments = g_strdupv (argv);
  g_option_context_add_main_entries (context, global_options, NULL);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, TRUE);
  if (arguments[1] && wants_help (arguments[1]))
    return print_help (NULL);
  if (!g_option_context_parse_strv (context, &arguments, &error))
    return fail (error);
  if (show_version) {
    puts ("domicilectl " DOMICILE_VERSION);
    return CTL_EXIT_OK;
  }
  if (!arguments[1]) {
    print_help (NULL);
    return CTL_EXIT_USAGE;
  }
  if (dispatch (arguments, &error))
    code = ctl.exit_code;
  else
    code = error ? fail (error) : CTL_EXIT_ERROR;
  ctl_clear (&ctl);
  return code;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of systemd, run without it: what a unit's command says on its standard output when a shell runs it. */
#include "apps/unit-file.h"

#include <string.h>

#include "rpc/error.h"

#define S "[Unit]\nDescription=A test\n[Service]\n"

typedef struct {
  const char *name, *unit;
  const char *output; /* NULL where it is refused */
  const char *note;   /* what one note must have in it; NULL: there is none */
} Case;

static const Case cases[] = {
  { "plain", S "ExecStart=echo one two\n[Install]\nWantedBy=default.target\n", "one two\n", NULL },
  { "quotes", S "ExecStart=printf '%%s|' \"a b\" 'c;d' e\\ f\n", "a b|c;d|e f|", NULL },
  { "nothing-but-itself", S "ExecStart=printf %%s \"`id` $(id) ; * $\" a\\\\b\n", "`id` $(id) ; * $a\\b", NULL },
  { "specifiers", S "ExecStart=echo %h %n %p 100%%\n", "/home/of me unit.service unit 100%\n", NULL },
  { "unknown-specifier", S "ExecStart=echo %q\n", NULL, NULL },
  { "environment", S "Environment=A=1 \"B=two words\"\nEnvironment=C=%p\nExecStart=echo ${A}-${B} $C $$A\n", "1-two words unit $A\n", NULL },
  { "words-of-a-variable", S "Environment='A=x  y'\nExecStart=printf %%s| $A ${A}\n", "x|y|x  y|", NULL },
  { "no-variable-of-a-shell", S "Environment=1A=x\nExecStart=true\n", NULL, NULL },
  { "directory", S "WorkingDirectory=/usr\nExecStart=pwd\n", "/usr\n", NULL },
  { "no-directory", S "WorkingDirectory=/no/such\nExecStart=echo here\n", "", NULL },
  { "may-miss-directory", S "WorkingDirectory=-/no/such\nExecStart=echo here\n", "here\n", NULL },
  { "before", S "ExecStartPre=echo first\nExecStartPre=-false\nExecStart=echo second\n", "first\nsecond\n", NULL },
  { "fails-before", S "ExecStartPre=false\nExecStart=echo second\n", "", NULL },
  { "oneshot", S "Type=oneshot\nExecStart=echo 1\nExecStart=-false\nExecStart=echo 2\nRemainAfterExit=yes\n", "1\n2\n", NULL },
  { "only-oneshot-has-two", S "ExecStart=echo 1\nExecStart=echo 2\n", NULL, NULL },
  { "reset", S "ExecStart=echo 1\nExecStart=\nExecStart=echo 2\n", "2\n", NULL },
  { "continued", S "ExecStart=echo a \\\n# a comment\n  b\n", "a b\n", NULL },
  { "gives-up", S "Restart=always\nRestartSec=10ms\nExecStart=echo again\n", "again\nagain\nagain\nagain\nagain\n", NULL },
  { "on-failure", S "Restart=on-failure\nExecStart=echo once\n", "once\n", NULL },
  { "odd-seconds", S "Restart=always\nRestartSec=soon\nExecStart=true\n", NULL, NULL },
  { "forking", S "Type=forking\nRestart=always\nExecStart=echo once\n", "once\n", "Type=forking" },
  { "not-followed", S "PrivateTmp=yes\nExecStart=echo x\n", "x\n", "PrivateTmp=" },
  { "condition", "[Unit]\nConditionPathExists=/x\n[Service]\nExecStart=echo x\n", "x\n", "ConditionPathExists=" },
  { "no-command", S "Type=oneshot\n", NULL, NULL },
  { "no-text", S "ExecStart=\xff\n", NULL, NULL },
  { "no-unit", "rubbish", NULL, NULL },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_auto (GStrv) argv = unit_file_command ("unit.service", c->unit, strlen (c->unit), "/home/of me", notes, &error);

  if (c->output == NULL) {
    g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
    g_assert_null (argv);
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (notes->len, ==, c->note != NULL);
  if (c->note != NULL)
    g_assert_nonnull (strstr (g_ptr_array_index (notes, 0), c->note));
  g_assert_true (g_spawn_sync (NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, c->output);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/unit-file/", cases[i].name, NULL);
    g_test_add_data_func (path, &cases[i], test_case);
  }
  return g_test_run ();
}

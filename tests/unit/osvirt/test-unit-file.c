/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of systemd, run without it: what a unit's command says on its standard output when a shell runs it. */
#include "apps/unit-file.h"

#include <string.h>

#include "apps/unit-words.h"
#include "rpc/error.h"

#define S "[Unit]\nDescription=A test\n[Service]\n"

typedef struct {
  const char *name, *unit;
  const char *output; /* NULL where it is refused */
  const char *note;   /* what one note must have in it; NULL: there is none */
} Case;

typedef struct {
  Case base;
  const char *unit_name, *drop_in; /* NULL: without */
} LayeredCase;

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
  { "condition", "[Unit]\nConditionACPower=yes\n[Service]\nExecStart=echo x\n", "x\n", "ConditionACPower=" },
  { "conditions", "[Unit]\nConditionPathExists=/\nConditionPathIsDirectory=!/no/such\n[Service]\nExecStart=echo x\n", "x\n", NULL },
  { "fails-condition", "[Unit]\nConditionPathExists=!/\n[Service]\nExecStart=echo x\n", "", NULL },
  { "reset-condition", "[Unit]\nConditionPathExists=!/\nConditionPathExists=\n[Service]\nExecStart=echo x\n", "x\n", NULL },
  { "no-environment-file", S "EnvironmentFile=/no/such\nExecStart=echo x\n", "", NULL },
  { "may-miss-environment-file", S "EnvironmentFile=-/no/such\nExecStart=echo x\n", "x\n", NULL },
  { "mask", S "UMask=0027\nExecStart=sh -c umask\n", "0027\n", NULL },
  { "no-output", S "StandardOutput=null\nExecStart=echo x\n", "", NULL },
  { "odd-output", S "StandardOutput=tty\nExecStart=echo x\n", "x\n", "StandardOutput=" },
  { "few-starts", "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=2h 1min\n" S "Restart=always\nRestartSec=1us\nExecStart=echo x\n",
    "x\nx\n", NULL },
  { "program-apart", S "ExecStart=@/bin/sh sh -c :\n", NULL, NULL },
  { "no-command", S "Type=oneshot\n", NULL, NULL },
  { "no-text", S "ExecStart=\xff\n", NULL, NULL },
  { "no-unit", "rubbish", NULL, NULL },
};

static const LayeredCase layered[] = {
  { { "instance", S "ExecStart=echo %i %I %p %N\n", "a-b\\x20c a/b c unit unit@a-b\\x20c\n", NULL }, "unit@a-b\\x20c.service", NULL },
  { { "drop-in", S "Environment=A=1\nExecStart=echo ${A}\n", "2\n", NULL }, "unit.service", "[Service]\nEnvironment=A=2\n" },
  { { "drop-in-replaces", S "ExecStart=echo 1\n", "2\n", NULL }, "unit.service", "[Service]\nExecStart=\nExecStart=echo 2\n" },
  { { "drop-in-has-no-group", S "ExecStart=echo 1\n", "1\n", "ExecStart=" }, "unit.service", "ExecStart=echo 2\n" },
};

static void
check_case (const Case *c, const char *name, const char *drop_in)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (UnitFile) unit = NULL;

  g_ptr_array_add (texts, g_bytes_new_static (c->unit, strlen (c->unit)));
  if (drop_in != NULL)
    g_ptr_array_add (texts, g_bytes_new_static (drop_in, strlen (drop_in)));
  unit = unit_file_parse (name, texts, "/home/of me", notes, &error);

  if (c->output == NULL) {
    g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
    g_assert_null (unit);
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (notes->len, ==, c->note != NULL);
  if (c->note != NULL)
    g_assert_nonnull (strstr (g_ptr_array_index (notes, 0), c->note));
  g_assert_true (g_spawn_sync (NULL, unit->argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, c->output);
}

static void
test_case (gconstpointer data)
{
  check_case (data, "unit.service", NULL);
}

static void
test_layered (gconstpointer data)
{
  const LayeredCase *c = data;

  check_case (&c->base, c->unit_name, c->drop_in);
}

/* What others it needs, and which program. */
static void
test_needs (void)
{
  static const char unit[] = "[Unit]\nWants=a.service b.socket\nRequires=%i.service\nAfter=a.service\nBefore=z.service\n"
                             "[Service]\nType=oneshot\nExecStart=%h/bin/it $X\n";
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (UnitFile) file = NULL;

  g_ptr_array_add (texts, g_bytes_new_static (unit, strlen (unit)));
  file = unit_file_parse ("t@other.service", texts, "/home/x", notes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (notes->len, ==, 0);
  g_assert_true (file->oneshot);
  g_assert_cmpstr (file->program, ==, "/home/x/bin/it");
  g_assert_cmpuint (file->wants->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (file->requires, 0), ==, "other.service");
  g_assert_cmpstr (g_ptr_array_index (file->after, 0), ==, "a.service");
  g_assert_cmpstr (g_ptr_array_index (file->before, 0), ==, "z.service");
}

/* Lines of a file become variables; folders are made; output goes where it is wanted. */
static void
test_files (void)
{
  static const char text[] = "# no=1\nA=plain text\nB=\"in quotes\"\n1C=x\nD='$(id)'";
  g_autofree char *home = g_dir_make_tmp ("unit-file-XXXXXX", NULL), *path = g_build_filename (home, "env", NULL);
  g_autofree char *out = g_build_filename (home, "out", NULL), *made = NULL, *command = NULL;
  g_autofree char *unit = g_strdup_printf ("[Service]\nEnvironmentFile=%s\nStateDirectory=x y/z\nStandardOutput=append:%%h/out\n"
                                           "ExecStart=sh -c 'echo \"$A|$B|$D|$STATE_DIRECTORY\"; echo e >&2'\n", path);
  g_autofree char *expected = g_strdup_printf ("plain text|in quotes|$(id)|%s/.local/state/x:%s/.local/state/y/z\ne\n", home, home);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (UnitFile) file = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, &error));
  g_ptr_array_add (texts, g_bytes_new_static (unit, strlen (unit)));
  file = unit_file_parse ("unit.service", texts, home, notes, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_sync (NULL, file->argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL, &error));
  g_assert_true (g_file_get_contents (out, &made, NULL, &error));
  g_assert_cmpstr (made, ==, expected);
  command = g_strdup_printf ("rm -r '%s'", home);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, &error));
}

static void
test_seconds (void)
{
  static const struct {
    const char *text;
    double seconds; /* below 0: it is none */
  } spans[] = { { "5", 5 }, { "1min 30s", 90 }, { "500ms", 0.5 }, { "2 hours", 7200 }, { "1.5h", 5400 }, { "", -1 }, { "soon", -1 }, { "3x", -1 }, { "1s;", -1 } };
  double seconds;

  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++) {
    g_assert_cmpint (unit_words_seconds (spans[i].text, &seconds), ==, spans[i].seconds >= 0);
    if (spans[i].seconds >= 0)
      g_assert_cmpfloat_with_epsilon (seconds, spans[i].seconds, 1e-9);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/unit-file/", cases[i].name, NULL);
    g_test_add_data_func (path, &cases[i], test_case);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (layered); i++) {
    g_autofree char *path = g_strconcat ("/unit-file/", layered[i].base.name, NULL);
    g_test_add_data_func (path, &layered[i], test_layered);
  }
  g_test_add_func ("/unit-file/needs", test_needs);
  g_test_add_func ("/unit-file/files", test_files);
  g_test_add_func ("/unit-file/seconds", test_seconds);
  return g_test_run ();
}

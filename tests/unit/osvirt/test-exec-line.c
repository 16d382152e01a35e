/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/exec-line.h"

#include "rpc/error.h"

typedef struct {
  const char *name;
  const char *exec;
  const char *files[4];
  const char *expected; /* words joined by |, commands by newline; NULL where it is refused */
  int code;             /* of the refusal */
} Case;

static const Case cases[] = {
  { "plain", "xterm -e top", { NULL }, "xterm|-e|top", 0 },
  { "quotes", "sh -c \"echo \\\"a b\\\"\"", { NULL }, "sh|-c|echo \"a b\"", 0 },
  { "one-file", "edit %f", { "/a b" }, "edit|/a b", 0 },
  { "no-file", "edit %f --new", { NULL }, "edit|--new", 0 },
  { "one-uri", "edit %u", { "/a b" }, "edit|file:///a%20b", 0 },
  { "uri-kept", "browse %u", { "https://example.org/x?y=%41" }, "browse|https://example.org/x?y=%41", 0 },
  { "uri-to-path", "edit %f", { "file:///a%20b" }, "edit|/a b", 0 },
  { "all-files", "edit %F", { "/a", "/b" }, "edit|/a|/b", 0 },
  { "all-uris", "edit %U", { "/a", "/b" }, "edit|file:///a|file:///b", 0 },
  { "file-each", "edit %f", { "/a", "/b" }, "edit|/a\nedit|/b", 0 },
  { "files-appended", "edit --", { "/a", "/b" }, "edit|--|/a|/b", 0 },
  { "icon", "app %i x", { NULL }, "app|--icon|app-icon|x", 0 },
  { "name-and-file", "app --title=%c %k", { NULL }, "app|--title=An App|/usr/share/applications/a.desktop", 0 },
  { "percent", "app 100%%", { NULL }, "app|100%", 0 },
  { "deprecated", "app %d %m x", { NULL }, "app|x", 0 },
  { "empty-argument", "app \"\" x", { NULL }, "app||x", 0 },
  { "no-injection", "edit %f", { "/a; rm -rf \"$HOME\" `id` %F" }, "edit|/a; rm -rf \"$HOME\" `id` %F", 0 },
  { "no-injection-in-quotes", "sh -c \"view %f\"", { "/x'y" }, "sh|-c|view /x'y", 0 },
  { "remote-for-local-app", "edit %f", { "https://example.org/" }, NULL, DMC_ERROR_PARAMS },
  { "unknown-code", "app %z", { NULL }, NULL, DMC_ERROR_INTEGRITY },
  { "code-cut-off", "app %", { NULL }, NULL, DMC_ERROR_INTEGRITY },
  { "open-quote", "app \"x", { NULL }, NULL, DMC_ERROR_INTEGRITY },
  { "empty", "", { NULL }, NULL, DMC_ERROR_INTEGRITY },
  { "blank", "   ", { NULL }, NULL, DMC_ERROR_INTEGRITY },
  { "only-a-code", "%f", { NULL }, NULL, DMC_ERROR_INTEGRITY },
};

static char *
join (GPtrArray *commands)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < commands->len; i++) {
    g_autofree char *words = g_strjoinv ("|", g_ptr_array_index (commands, i));
    g_string_append_printf (out, "%s%s", i > 0 ? "\n" : "", words);
  }
  return g_string_free (out, FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  ExecFields fields = {
    .files = c->files,
    .icon = "app-icon",
    .name = "An App",
    .desktop_file = "/usr/share/applications/a.desktop",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) commands = exec_line_expand (c->exec, &fields, &error);

  if (c->expected == NULL) {
    g_assert_null (commands);
    g_assert_error (error, DMC_ERROR, c->code);
    return;
  }
  g_assert_no_error (error);
  g_autofree char *joined = join (commands);
  g_assert_cmpstr (joined, ==, c->expected);
}

static void
test_bound (void)
{
  g_autoptr (GString) exec = g_string_new ("app");
  g_autoptr (GError) error = NULL;
  ExecFields fields = { NULL };

  for (int i = 0; i < 5000; i++)
    g_string_append (exec, " x");
  g_assert_null (exec_line_expand (exec->str, &fields, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/exec-line/", cases[i].name, NULL);
    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/exec-line/too-many-words", test_bound);
  return g_test_run ();
}

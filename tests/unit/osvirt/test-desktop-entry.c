/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/desktop-entry.h"

#include <locale.h>
#include <string.h>

#include "apps/exec-line.h"
#include "rpc/error.h"

#define HEAD "[Desktop Entry]\nType=Application\n"

static DesktopEntry *
parse (const char *text, GError **error)
{
  return desktop_entry_parse ("a.desktop", "/usr/share/applications/a.desktop", text, strlen (text), error);
}

static void
test_fields (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DesktopEntry) entry = parse (HEAD "Name=Editor\nComment=Edits text\nIcon=editor\nExec=edit %F\n"
                                               "TryExec=edit\nPath=/srv\nTerminal=true\n"
                                               "Categories=Utility;TextEditor;\nKeywords=write;text;\n",
                                          &error);

  g_assert_no_error (error);
  g_assert_cmpstr (entry->name, ==, "Editor");
  g_assert_cmpstr (entry->summary, ==, "Edits text");
  g_assert_cmpstr (entry->icon, ==, "editor");
  g_assert_cmpstr (entry->exec, ==, "edit %F");
  g_assert_cmpstr (entry->try_exec, ==, "edit");
  g_assert_cmpstr (entry->working_dir, ==, "/srv");
  g_assert_true (entry->terminal);
  g_assert_false (entry->hidden);
  g_assert_cmpuint (g_strv_length (entry->categories), ==, 2);
  g_assert_cmpstr (entry->categories[1], ==, "TextEditor");
  g_assert_cmpstr (entry->keywords[0], ==, "write");
}

static void
test_localized (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DesktopEntry) entry = parse (HEAD "Name=Editor\nName[ko]=편집기\nExec=edit\n", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (entry->name, ==, "편집기");
}

static void
test_hidden (void)
{
  g_autoptr (DesktopEntry) no_display = parse (HEAD "Name=x\nExec=x\nNoDisplay=true\n", NULL);
  g_autoptr (DesktopEntry) deleted = parse (HEAD "Name=x\nHidden=true\n", NULL);
  g_autoptr (DesktopEntry) other_desktop = parse (HEAD "Name=x\nExec=x\nOnlyShowIn=GNOME;\n", NULL);

  g_assert_true (no_display->hidden);
  g_assert_false (no_display->deleted);
  g_assert_true (deleted->deleted);
  g_assert_true (other_desktop->hidden);
}

static void
test_hostile_text (void)
{
  g_autoptr (GString) text = g_string_new (HEAD "Exec=x\nName=a\\nb\\tc");
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 10000; i++)
    g_string_append (text, "한");
  g_string_append_c (text, '\n');
  g_autoptr (DesktopEntry) entry = parse (text->str, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (entry->name, "a b c한"));
  g_assert_cmpint (g_utf8_strlen (entry->name, -1), <=, 512);
  g_assert_true (g_utf8_validate (entry->name, -1, NULL));
}

static void
test_refused (gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (data, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
}

static void
test_nul_and_size (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *large = g_strnfill (DESKTOP_ENTRY_MAX_SIZE + 1, '#');
  static const char nul[] = HEAD "Name=x\nExec=x\0y\n";

  g_assert_null (desktop_entry_parse ("a", "/a", nul, sizeof nul - 1, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
  g_clear_error (&error);
  g_assert_null (desktop_entry_parse ("a", "/a", large, DESKTOP_ENTRY_MAX_SIZE + 1, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
}

/* Random damage to a good file: whatever comes out is refused or fit to be shown and started. */
static void
test_damage (void)
{
  static const char good[] = HEAD "Name=Editor\nName[ko]=편집기\nComment=Edits\nIcon=editor\nExec=sh -c \"edit %F\" %i %c\n"
                                  "TryExec=edit\nCategories=Utility;TextEditor;\nKeywords=a;b;\nNoDisplay=false\n";
  const char *const files[] = { "/a b", "file:///c", NULL };

  for (int round = 0; round < 5000; round++) {
    g_autofree char *text = g_memdup2 (good, sizeof good);
    for (int i = g_test_rand_int_range (1, 8); i > 0; i--)
      text[g_test_rand_int_range (0, sizeof good - 1)] = (char) g_test_rand_int_range (0, 256);
    g_autoptr (GError) error = NULL;
    g_autoptr (DesktopEntry) entry = desktop_entry_parse ("a.desktop", "/a", text, sizeof good - 1, &error);

    g_assert_true ((entry == NULL) == (error != NULL));
    if (entry == NULL || entry->exec == NULL)
      continue;
    g_assert_true (g_utf8_validate (entry->name, -1, NULL) && g_utf8_validate (entry->summary, -1, NULL));
    ExecFields fields = { .files = files, .icon = entry->icon, .name = entry->name, .desktop_file = "/a" };
    g_autoptr (GError) refused = NULL;
    g_autoptr (GPtrArray) commands = exec_line_expand (entry->exec, &fields, &refused);
    g_assert_true ((commands == NULL) == (refused != NULL));
  }
}

int
main (int argc, char **argv)
{
  /* GLib reads the language once, so it is chosen before anything asks. */
  g_setenv ("LANGUAGE", "ko", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/desktop-entry/fields", test_fields);
  g_test_add_func ("/desktop-entry/localized", test_localized);
  g_test_add_func ("/desktop-entry/hidden", test_hidden);
  g_test_add_func ("/desktop-entry/hostile-text", test_hostile_text);
  g_test_add_data_func ("/desktop-entry/refused/empty", "", test_refused);
  g_test_add_data_func ("/desktop-entry/refused/not-a-key-file", "\x7f" "ELF", test_refused);
  g_test_add_data_func ("/desktop-entry/refused/link", "[Desktop Entry]\nType=Link\nName=x\nURL=x\n", test_refused);
  g_test_add_data_func ("/desktop-entry/refused/no-name", HEAD "Exec=x\n", test_refused);
  g_test_add_data_func ("/desktop-entry/refused/no-command", HEAD "Name=x\n", test_refused);
  g_test_add_func ("/desktop-entry/refused/nul-and-size", test_nul_and_size);
  g_test_add_func ("/desktop-entry/damage", test_damage);
  return g_test_run ();
}

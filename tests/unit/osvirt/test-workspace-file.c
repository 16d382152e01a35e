/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"

#define ID    "\"id\":\"c1d3f0e2-5a44-4c5e-9a53-2f2f8a4f8b11\""
#define REST  ",\"created\":\"2026-01-02T03:04:05Z\",\"mode\":\"shared\",\"vault\":\"luks\",\"size_bytes\":7," BASE
#define BASE  "\"base\":{\"os_id\":\"debian\",\"os_version\":\"12\",\"arch\":\"x86_64\",\"libc\":\"2.36\"}"
#define GOOD  "{\"format\":1," ID ",\"name\":\"일터\"" REST "}"

typedef struct {
  const char *name;
  const char *text;
  const char *named; /* what the message names */
  int code;
} Bad;

static const Bad bad[] = {
  { "empty", "", "JSON", DMC_ERROR_INTEGRITY },
  { "half", "{\"format\":1,", "JSON", DMC_ERROR_INTEGRITY },
  { "array", "[]", "object", DMC_ERROR_INTEGRITY },
  { "no-format", "{}", "format", DMC_ERROR_INTEGRITY },
  { "format-text", "{\"format\":\"1\"}", "format", DMC_ERROR_INTEGRITY },
  { "format-later", "{\"format\":2}", "format 2", DMC_ERROR_UNSUPPORTED },
  { "no-id", "{\"format\":1,\"name\":\"x\"" REST "}", "id", DMC_ERROR_INTEGRITY },
  { "id-climbs", "{\"format\":1,\"id\":\"../../etc\",\"name\":\"x\"" REST "}", "id", DMC_ERROR_INTEGRITY },
  { "name-number", "{\"format\":1," ID ",\"name\":5" REST "}", "name", DMC_ERROR_INTEGRITY },
  { "name-control", "{\"format\":1," ID ",\"name\":\"a\\nb\"" REST "}", "name", DMC_ERROR_INTEGRITY },
  { "name-empty", "{\"format\":1," ID ",\"name\":\"\"" REST "}", "name", DMC_ERROR_INTEGRITY },
  { "mode-unknown",
    "{\"format\":1," ID ",\"name\":\"x\",\"created\":\"2026-01-02T03:04:05Z\",\"mode\":\"open\","
    "\"vault\":\"luks\",\"size_bytes\":7," BASE "}",
    "mode", DMC_ERROR_INTEGRITY },
  { "size-negative",
    "{\"format\":1," ID ",\"name\":\"x\",\"created\":\"2026-01-02T03:04:05Z\",\"mode\":\"shared\","
    "\"vault\":\"luks\",\"size_bytes\":-7," BASE "}",
    "size_bytes", DMC_ERROR_INTEGRITY },
  { "created-nonsense",
    "{\"format\":1," ID ",\"name\":\"x\",\"created\":\"yesterday\",\"mode\":\"shared\",\"vault\":\"luks\","
    "\"size_bytes\":7," BASE "}",
    "created", DMC_ERROR_INTEGRITY },
  { "no-base",
    "{\"format\":1," ID ",\"name\":\"x\",\"created\":\"2026-01-02T03:04:05Z\",\"mode\":\"shared\","
    "\"vault\":\"luks\",\"size_bytes\":7}",
    "base", DMC_ERROR_INTEGRITY },
};

static void
test_bad (gconstpointer data)
{
  const Bad *c = data;
  g_autoptr (GError) error = NULL;

  g_assert_null (workspace_file_parse (c->text, strlen (c->text), &error));
  g_assert_error (error, DMC_ERROR, c->code);
  g_assert_nonnull (strstr (error->message, c->named));
}

static void
test_good (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WorkspaceFile) file = workspace_file_parse (GOOD, strlen (GOOD), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (file->id, ==, "c1d3f0e2-5a44-4c5e-9a53-2f2f8a4f8b11");
  g_assert_cmpstr (file->name, ==, "일터");
  g_assert_cmpstr (file->vault, ==, "luks");
  g_assert_cmpint (file->size_bytes, ==, 7);
  g_assert_cmpint (file->created_us, ==, G_GINT64_CONSTANT (1767323045) * G_USEC_PER_SEC);
  g_assert_cmpstr (file->base->libc, ==, "2.36");
}

/* Every truncation and every flipped byte of a good file is either refused or still well-formed. */
static void
test_damage (void)
{
  const gsize length = strlen (GOOD);

  for (gsize cut = 0; cut < length; cut++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (workspace_file_parse (GOOD, cut, &error));
    g_assert_error (error, DMC_ERROR, DMC_ERROR_INTEGRITY);
  }
  for (gsize i = 0; i < length * 8; i++) {
    g_autofree char *text = g_strdup (GOOD);
    text[i / 8] = (char) (text[i / 8] ^ (1 << (i % 8)));
    g_autoptr (GError) error = NULL;
    g_autoptr (WorkspaceFile) file = workspace_file_parse (text, length, &error);
    g_assert_true ((file == NULL) == (error != NULL));
    g_assert_true (file == NULL || (g_uuid_string_is_valid (file->id) && g_utf8_validate (file->name, -1, NULL)));
  }
}

static char *
make_folder (void)
{
  char *folder = g_dir_make_tmp ("domicile-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return folder;
}

static void
remove_folder (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, WORKSPACE_FILE_NAME, NULL);

  g_remove (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_round_trip (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (WorkspaceFile) made = workspace_file_new ("work “1”", "shared", "none", 0);
  g_autoptr (GError) error = NULL;

  g_assert_true (workspace_file_save (made, folder, &error));
  g_assert_no_error (error);
  g_autoptr (WorkspaceFile) read = workspace_file_load (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->id, ==, made->id);
  g_assert_cmpstr (read->name, ==, "work “1”");
  g_assert_cmpstr (read->base->arch, ==, made->base->arch);
  g_assert_cmpint (read->created_us / G_USEC_PER_SEC, ==, made->created_us / G_USEC_PER_SEC);
  remove_folder (folder);
}

static void
assert_load_fails (const char *folder, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (workspace_file_load (folder, &error));
  g_assert_error (error, DMC_ERROR, code);
}

static void
test_not_a_file (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, WORKSPACE_FILE_NAME, NULL);
  g_autofree char *large = g_strnfill (WORKSPACE_FILE_MAX_SIZE + 1, ' ');

  assert_load_fails (folder, DMC_ERROR_NOT_FOUND);
  assert_load_fails ("/nonexistent.domicile", DMC_ERROR_NOT_FOUND);
  assert_load_fails ("/dev/null", DMC_ERROR_NOT_FOUND);
  g_assert_cmpint (symlink ("/etc/passwd", path), ==, 0);
  assert_load_fails (folder, DMC_ERROR_INTEGRITY);
  g_remove (path);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_load_fails (folder, DMC_ERROR_INTEGRITY); /* and does not wait for a writer */
  g_remove (path);
  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  assert_load_fails (folder, DMC_ERROR_INTEGRITY);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workspace-file/good", test_good);
  g_test_add_func ("/workspace-file/damage", test_damage);
  g_test_add_func ("/workspace-file/round-trip", test_round_trip);
  g_test_add_func ("/workspace-file/not-a-file", test_not_a_file);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *path = g_strconcat ("/workspace-file/bad/", bad[i].name, NULL);
    g_test_add_data_func (path, &bad[i], test_bad);
  }
  return g_test_run ();
}

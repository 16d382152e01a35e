/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rpc/error.h"
#include "rpc/json.h"
#include "secret/keyring.h"

/* The line of /proc/self/smaps called @name, of the mapping that holds @address. */
static char *
find_flag (gconstpointer address, const char *name)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean inside = FALSE;

  g_assert_true (g_file_get_contents ("/proc/self/smaps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    unsigned long from, to;

    if (sscanf (*line, "%lx-%lx ", &from, &to) == 2)
      inside = (unsigned long) address >= from && (unsigned long) address < to;
    else if (inside && g_str_has_prefix (*line, name))
      return g_strdup (*line);
  }
  return NULL;
}

static void
test_text (void)
{
  g_autoptr (DmcPassphrase) one = dmc_passphrase_new ("pässphrase");
  DmcPassphrase *two = dmc_passphrase_ref (one);

  g_assert_cmpstr (dmc_passphrase_get_text (two), ==, "pässphrase");
  g_assert_cmpuint (dmc_passphrase_get_length (two), ==, strlen ("pässphrase"));
  dmc_passphrase_unref (two);
  g_assert_cmpstr (dmc_passphrase_get_text (one), ==, "pässphrase");
}

static void
test_guarded (void)
{
  g_autoptr (DmcPassphrase) passphrase = dmc_passphrase_new ("x");
  g_autofree char *flags = find_flag (dmc_passphrase_get_text (passphrase), "VmFlags:");

  g_assert_nonnull (flags);
  g_assert_nonnull (strstr (flags, " dd")); /* left out of core dumps */
  if (strstr (flags, " lo") == NULL)
    g_test_skip ("This system does not let us lock memory");
}

static DmcPassphrase *
from_text (const char *text, GError **error)
{
  int ends[2];
  DmcPassphrase *passphrase;

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], text, strlen (text)), ==, (gssize) strlen (text));
  close (ends[1]);
  passphrase = dmc_passphrase_new_from_fd (ends[0], error);
  close (ends[0]);
  return passphrase;
}

static void
test_from_fd (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcPassphrase) line = from_text ("first line\nrest", &error);
  g_autoptr (DmcPassphrase) end = from_text ("no end", &error);
  g_autoptr (DmcPassphrase) empty = from_text ("", &error);
  g_autofree char *long_text = g_strnfill (3000, 'x');

  g_assert_no_error (error);
  g_assert_cmpstr (dmc_passphrase_get_text (line), ==, "first line");
  g_assert_cmpstr (dmc_passphrase_get_text (end), ==, "no end");
  g_assert_cmpuint (dmc_passphrase_get_length (empty), ==, 0);
  g_assert_null (from_text (long_text, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (dmc_passphrase_new_from_fd (-1, &error));
  g_assert_nonnull (error);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
assert_no_keyring (GError *error)
{
  g_assert_error (error, DMC_ERROR, DMC_ERROR_UNSUPPORTED);
  g_assert_cmpstr (dmc_json_get_string (dmc_error_get_data (error), "needs", NULL), ==, "keyring");
  g_assert_nonnull (dmc_error_get_hint (error));
  g_error_free (error);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* Without a bus, every call says that there is no keyring, and soon. */
static void
test_no_keyring (void)
{
  g_autoptr (DmcPassphrase) passphrase = dmc_passphrase_new ("x");
  g_autoptr (GAsyncResult) store = NULL;
  g_autoptr (GAsyncResult) lookup = NULL;
  g_autoptr (GAsyncResult) clear = NULL;
  g_autoptr (GAsyncResult) probe = NULL;
  GError *error = NULL;

  dmc_keyring_store_async ("w", "u", passphrase, NULL, keep_result, &store);
  g_assert_false (dmc_keyring_store_finish (wait_for (&store), &error));
  assert_no_keyring (g_steal_pointer (&error));
  dmc_keyring_lookup_async ("w", "u", NULL, keep_result, &lookup);
  g_assert_null (dmc_keyring_lookup_finish (wait_for (&lookup), &error));
  assert_no_keyring (g_steal_pointer (&error));
  dmc_keyring_clear_async ("w", "u", NULL, keep_result, &clear);
  g_assert_false (dmc_keyring_clear_finish (wait_for (&clear), &error));
  assert_no_keyring (g_steal_pointer (&error));
  dmc_keyring_probe_async (NULL, keep_result, &probe);
  g_assert_false (dmc_keyring_probe_finish (wait_for (&probe), &error));
  assert_no_keyring (g_steal_pointer (&error));
}

int
main (int argc, char **argv)
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/text", test_text);
  g_test_add_func ("/secret/guarded", test_guarded);
  g_test_add_func ("/secret/from-fd", test_from_fd);
  g_test_add_func ("/secret/no-keyring", test_no_keyring);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiles a policy document into the bundle that the hypervisor loads: compile-policy JSON OUTPUT.
 */
#include <stdio.h>
#include <stdlib.h>

#include <gio/gio.h>

#include "policy-doc/bundle.h"
#include "rpc/json.h"

static GBytes *
compile (const char *path, GError **error)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL, *summary = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  node = dmc_json_parse (text, (gssize)length, error);
  if (node == NULL)
    return NULL;
  document = dmc_policy_document_new (node, problems);
  if (document != NULL)
    return dmc_policy_bundle_new (document, error);
  summary = dmc_policy_problems_summary (problems);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s", summary);
  return NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bundle = NULL;

  if (argc != 3) {
    fprintf (
        stderr,
        "usage: compile-policy JSON OUTPUT\n"
        "Compiles a policy document for the hypervisor; tools/pack.py puts it into flash 0.\n");
    return argc == 2 && g_str_equal (argv[1], "--help") ? EXIT_SUCCESS : 2;
  }
  bundle = compile (argv[1], &error);
  if (bundle == NULL
      || !g_file_set_contents (argv[2], g_bytes_get_data (bundle, NULL),
                               (gssize)g_bytes_get_size (bundle), &error)) {
    fprintf (stderr, "compile-policy: %s: %s\n", argv[1], error->message);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

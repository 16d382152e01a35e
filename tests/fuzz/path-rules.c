/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules for paths that a client sends to the root helper. */
#include "launcher/rules.h"
#include "fuzz.h"

static void
check_path (const char *path)
{
  g_autofree char *absolute = g_strconcat ("/", path, NULL), *canonical = g_canonicalize_filename (absolute, "/");

  if (*path == '\0' || *path == '/' || !g_str_equal (absolute, canonical))
    g_error ("a path that climbs was accepted");
  if (g_str_has_prefix (absolute, "/proc/") || g_str_has_prefix (absolute, "/run/domicile/"))
    g_error ("a part of the view was given away");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const int shared[] = { 100, 101 };
  struct helper_request request = { 0 };
  struct wire_fault fault;
  struct rules rules;

  memcpy (request.rules, data, MIN (size, sizeof request.rules)); /* to the last byte: it need not end */
  if (rules_parse (request.rules, shared, G_N_ELEMENTS (shared), &rules, &fault) != 0)
    return 0;
  for (unsigned i = 0; i < rules.n; i++) {
    check_path (rules.list[i].path);
    if (rules.list[i].source != NULL)
      check_path (rules.list[i].source);
  }
  if (rules_count_shared (&rules) > G_N_ELEMENTS (shared))
    g_error ("more is shared than was sent");
  return 0;
}

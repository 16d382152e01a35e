/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of a catalogue, whose signer may write what he likes; its signature; and an icon. */
#include "apps/catalogue-index.h"
#include "fuzz.h"

static void
check_text (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    g_error ("what a person is shown is not text");
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)) && *p != '\n')
      g_error ("what a person is shown has control characters");
}

static void
check_place (const char *path)
{
  g_autofree char *decoded = path != NULL ? g_uri_unescape_string (path, NULL) : NULL;
  g_autofree char *absolute = g_strconcat ("/index/", decoded != NULL ? decoded : path, NULL);
  g_autofree char *canonical = g_canonicalize_filename (absolute, "/");

  if (path != NULL && (!g_str_equal (canonical, absolute) || strpbrk (path, ":\\?#") != NULL))
    g_error ("a file that is not below the index was accepted: %s", path);
}

static void
check_app (const CatalogueIndex *index, CatalogueApp *app)
{
  const char *const texts[] = { app->id, app->name, app->version, app->summary, app->description, app->developer,
                                app->license, app->homepage, app->arch };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    check_text (texts[i]);
  for (gsize i = 0; app->keywords[i] != NULL; i++)
    check_text (app->keywords[i]);
  for (gsize i = 0; app->categories[i] != NULL; i++)
    check_text (app->categories[i]);
  check_place (app->bundle);
  check_place (app->icon);
  if (catalogue_index_find (index, app->id) != app)
    g_error ("an app is there twice");
  if (!catalogue_app_matches (app, app->name))
    g_error ("an app is not found by its name");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (CatalogueIndex) index = catalogue_index_parse (bytes, NULL);
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  const CatalogueApp icon = { .icon_sha256 = sum };

  if (catalogue_signature_check (nothing, bytes, NULL) != NULL)
    g_error ("nobody has signed this");
  catalogue_icon_check (&icon, bytes, NULL);
  for (guint i = 0; index != NULL && i < index->apps->len; i++)
    check_app (index, g_ptr_array_index (index->apps, i));
  return 0;
}

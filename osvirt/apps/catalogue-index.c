/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads catalogues, which anybody may have written: a signature says who, not that it is well meant. */
#include "apps/catalogue-index.h"

#include <sodium.h>
#include <string.h>

#include "apps/app-record.h"
#include "rpc/error.h"
#include "rpc/json.h"

enum { SHORT_TEXT = 200, LONG_TEXT = 4000, MAX_WORDS = 32, PNG_HEADER = 24 };

static gboolean
bad (GError **error, const char *what)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Tell whoever keeps the catalogue; nothing of it was used.",
                                           "The catalogue cannot be used: %s.", what));
  return FALSE;
}

/* --- signature --------------------------------------------------------------------------------------------- */

static gboolean
take_hex (const char *line, guint8 *out, gsize size)
{
  gsize length = 0;

  return line != NULL && strlen (line) == 2 * size && sodium_hex2bin (out, size, line, 2 * size, NULL, &length, NULL) == 0
         && length == size;
}

/* Returns: (transfer full) (nullable): who has signed the index, in hexadecimal; %DMC_ERROR_INTEGRITY where nobody has */
char *
catalogue_signature_check (GBytes *index, GBytes *signature, GError **error)
{
  const gsize size = g_bytes_get_size (signature);
  g_autofree char *text = size > 0 ? g_strndup (g_bytes_get_data (signature, NULL), size) : g_strdup ("");
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", 3);
  guint8 key[crypto_sign_PUBLICKEYBYTES], sign[crypto_sign_BYTES];
  g_autoptr (GByteArray) signed_text = g_byte_array_new ();

  if (sodium_init () < 0 || g_strv_length (lines) != 2 || !take_hex (lines[0], key, sizeof key)
      || !take_hex (lines[1], sign, sizeof sign)) {
    bad (error, "its signature is no signature");
    return NULL;
  }
  g_byte_array_append (signed_text, (const guint8 *) CATALOGUE_PREFIX, strlen (CATALOGUE_PREFIX));
  g_byte_array_append (signed_text, g_bytes_get_data (index, NULL), (guint) g_bytes_get_size (index));
  if (crypto_sign_verify_detached (sign, signed_text->data, signed_text->len, key) != 0) {
    bad (error, "its signature does not fit it");
    return NULL;
  }
  return g_ascii_strdown (lines[0], -1);
}

/* --- members ----------------------------------------------------------------------------------------------- */

/* Text that a list or a dialog can show as it is. */
static char *
plain (const char *text, gsize max)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0' && out->len < max; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == '\n' && max > SHORT_TEXT)
      g_string_append_c (out, '\n');
    else if (g_unichar_isprint (c) && g_unichar_type (c) != G_UNICODE_FORMAT)
      g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

static char *
take_text (JsonObject *object, const char *member, gsize max)
{
  return plain (dmc_json_get_string (object, member, ""), max);
}

static GStrv
take_words (JsonObject *object, const char *member)
{
  g_auto (GStrv) words = dmc_json_dup_strings (object, member);
  g_autoptr (GStrvBuilder) out = g_strv_builder_new ();

  for (gsize i = 0; words != NULL && words[i] != NULL && i < MAX_WORDS; i++) {
    g_autofree char *word = plain (words[i], SHORT_TEXT);

    if (*word != '\0')
      g_strv_builder_add (out, word);
  }
  return g_strv_builder_end (out);
}

/* A file below the index: no scheme, no other server, and no way up. */
static gboolean
is_below (const char *path)
{
  g_auto (GStrv) parts = path != NULL && strlen (path) <= 1024 ? g_strsplit (path, "/", -1) : NULL;

  for (gsize i = 0; parts != NULL && parts[i] != NULL; i++)
    if (*parts[i] == '\0' || g_str_equal (parts[i], ".") || g_str_equal (parts[i], "..")
        || strspn (parts[i], G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS ".+-_~%") != strlen (parts[i]) || strstr (parts[i], "%2") != NULL)
      return FALSE;
  return parts != NULL && parts[0] != NULL;
}

static gboolean
is_hex (const char *text)
{
  return text != NULL && strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

/* --- apps -------------------------------------------------------------------------------------------------- */

static void
app_free (gpointer data)
{
  CatalogueApp *self = data;
  char *const texts[] = { self->id, self->name, self->version, self->summary, self->description, self->developer, self->license,
                          self->homepage, self->arch, self->bundle, self->signer, self->icon, self->icon_sha256 };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (self->categories);
  g_strfreev (self->keywords);
  g_free (self);
}

static gboolean
take_places (CatalogueApp *self, JsonObject *object, GError **error)
{
  const char *bundle = dmc_json_get_string (object, "bundle", NULL), *signer = dmc_json_get_string (object, "signer", NULL);
  const char *icon = dmc_json_get_string (object, "icon", NULL), *sum = dmc_json_get_string (object, "icon_sha256", NULL);

  if (!is_below (bundle) || (icon != NULL && !is_below (icon)))
    return bad (error, "it names a file that is not below it");
  if (!is_hex (signer) || (icon != NULL && !is_hex (sum)))
    return bad (error, "it does not say who has signed an app, or what an icon is");
  if (self->size_bytes <= 0)
    return bad (error, "it does not say how large an app is");
  self->bundle = g_strdup (bundle);
  self->signer = g_strdup (signer);
  self->icon = g_strdup (icon);
  self->icon_sha256 = icon != NULL ? g_strdup (sum) : NULL;
  return TRUE;
}

/* What there is in the user's language: an object with the texts that are translated; or NULL. */
static JsonObject *
find_translation (JsonObject *object)
{
  const char *const *languages = g_get_language_names ();
  JsonObject *all = dmc_json_get_object (object, "translations");

  for (gsize i = 0; all != NULL && languages[i] != NULL && !g_str_equal (languages[i], "C"); i++)
    if (dmc_json_get_object (all, languages[i]) != NULL)
      return dmc_json_get_object (all, languages[i]);
  return NULL;
}

/* In the user's language where it is; it is found by what it is called otherwise, too. */
static void
translate (CatalogueApp *self, JsonObject *translation)
{
  struct {
    const char *member;
    char **text;
    gsize max;
  } const texts[] = { { "name", &self->name, SHORT_TEXT }, { "summary", &self->summary, SHORT_TEXT }, { "description", &self->description, LONG_TEXT } };
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) own = take_words (translation, "keywords");

  g_strv_builder_addv (words, (const char **) self->keywords);
  g_strv_builder_addv (words, (const char **) own);
  g_strv_builder_add (words, self->name);
  g_strfreev (self->keywords);
  self->keywords = g_strv_builder_end (words);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = take_text (translation, texts[i].member, texts[i].max);

    if (*text == '\0')
      continue;
    g_free (*texts[i].text);
    *texts[i].text = g_steal_pointer (&text);
  }
}

static CatalogueApp *
parse_app (JsonNode *node, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonObject *translation = object != NULL ? find_translation (object) : NULL;
  CatalogueApp *self;

  if (object == NULL || !app_record_key_is_valid (dmc_json_get_string (object, "id", ""))) {
    bad (error, "an app in it has no name");
    return NULL;
  }
  self = g_new0 (CatalogueApp, 1);
  self->id = g_strdup (dmc_json_get_string (object, "id", ""));
  self->name = take_text (object, "name", SHORT_TEXT);
  self->version = take_text (object, "version", SHORT_TEXT);
  self->summary = take_text (object, "summary", SHORT_TEXT);
  self->description = take_text (object, "description", LONG_TEXT);
  self->developer = take_text (object, "developer", SHORT_TEXT);
  self->license = take_text (object, "license", SHORT_TEXT);
  self->homepage = take_text (object, "homepage", SHORT_TEXT);
  self->arch = take_text (object, "arch", SHORT_TEXT);
  self->categories = take_words (object, "categories");
  self->keywords = take_words (object, "keywords");
  self->size_bytes = dmc_json_get_int (object, "size_bytes", 0);
  if (*self->name == '\0') {
    g_free (self->name);
    self->name = g_strdup (self->id);
  }
  if (translation != NULL)
    translate (self, translation);
  if (!g_str_has_prefix (self->homepage, "https://") && !g_str_has_prefix (self->homepage, "http://"))
    *self->homepage = '\0';
  if (take_places (self, object, error))
    return self;
  app_free (self);
  return NULL;
}

static gboolean
take_apps (CatalogueIndex *self, JsonArray *apps, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  if (apps == NULL || json_array_get_length (apps) > CATALOGUE_APPS_MAX)
    return bad (error, apps == NULL ? "it has no list of apps" : "it has too many apps");
  for (guint i = 0; i < json_array_get_length (apps); i++) {
    CatalogueApp *app = parse_app (json_array_get_element (apps, i), error);

    if (app == NULL)
      return FALSE;
    g_ptr_array_add (self->apps, app);
    if (!g_hash_table_add (seen, app->id))
      return bad (error, "it has an app twice");
  }
  return TRUE;
}

/**
 * catalogue_index_parse:
 * @data: an index
 * @error: %DMC_ERROR_INTEGRITY
 *
 * Returns: (transfer full) (nullable): what it says
 */
CatalogueIndex *
catalogue_index_parse (GBytes *data, GError **error)
{
  g_autoptr (JsonNode) node = dmc_json_parse (g_bytes_get_data (data, NULL), (gssize) g_bytes_get_size (data), NULL);
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autoptr (CatalogueIndex) self = g_new0 (CatalogueIndex, 1);

  self->apps = g_ptr_array_new_with_free_func (app_free);
  if (object == NULL || dmc_json_get_int (object, "format", 0) != 1) {
    bad (error, "it is not of a form that this version knows");
    return NULL;
  }
  if (!app_record_key_is_valid (dmc_json_get_string (object, "id", ""))) {
    bad (error, "it has no name");
    return NULL;
  }
  self->id = g_strdup (dmc_json_get_string (object, "id", ""));
  self->name = take_text (object, "name", SHORT_TEXT);
  self->made_us = dmc_json_get_int (object, "made_us", 0);
  return take_apps (self, dmc_json_get_array (object, "apps"), error) ? g_steal_pointer (&self) : NULL;
}

void
catalogue_index_free (CatalogueIndex *self)
{
  g_free (self->id);
  g_free (self->name);
  g_ptr_array_unref (self->apps);
  g_free (self);
}

/* Returns: (transfer none) (nullable) */
CatalogueApp *
catalogue_index_find (const CatalogueIndex *self, const char *id)
{
  for (guint i = 0; i < self->apps->len; i++) {
    CatalogueApp *app = g_ptr_array_index (self->apps, i);

    if (g_str_equal (app->id, id))
      return app;
  }
  return NULL;
}

/* --- use --------------------------------------------------------------------------------------------------- */

static guint32
number_at (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

/* Whether the file is the one that was signed for, and a PNG that takes no more memory than an icon should. */
gboolean
catalogue_icon_check (const CatalogueApp *app, GBytes *icon, GError **error)
{
  static const guint8 magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (icon, &size);
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, icon);

  if (g_strcmp0 (sum, app->icon_sha256) != 0)
    return bad (error, "an icon is not the one that was signed");
  if (size < PNG_HEADER || size > CATALOGUE_ICON_MAX || memcmp (data, magic, sizeof magic) != 0
      || memcmp (data + 12, "IHDR", 4) != 0 || number_at (data + 16) - 1 >= CATALOGUE_ICON_SIDE_MAX
      || number_at (data + 20) - 1 >= CATALOGUE_ICON_SIDE_MAX)
    return bad (error, "an icon is no PNG of at most 512 by 512 points and 128 KiB");
  return TRUE;
}

static gboolean
has (const char *text, const char *word)
{
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = g_utf8_casefold (normal != NULL ? normal : "", -1);

  return strstr (folded, word) != NULL;
}

static gboolean
any_has (const char *const *texts, const char *word)
{
  for (; *texts != NULL; texts++)
    if (has (*texts, word))
      return TRUE;
  return FALSE;
}

/* Whether name, summary or keywords have each word of @search, in whatever case and script. */
gboolean
catalogue_app_matches (const CatalogueApp *app, const char *search)
{
  g_autofree char *normal = g_utf8_normalize (search, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = g_utf8_casefold (normal != NULL ? normal : "", -1);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\n", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && !has (app->name, words[i]) && !has (app->summary, words[i]) && !has (app->id, words[i])
        && !any_has ((const char *const *) app->keywords, words[i]) && !any_has ((const char *const *) app->categories, words[i]))
      return FALSE;
  return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A catalogue: an index of bundles on an HTTP server, and beside it its signature, a file with the suffix and two lines, the
 * signer's Ed25519 key and an Ed25519 signature of CATALOGUE_PREFIX and the index, both in hexadecimal. docs/bundles.md has the
 * members. */
#define CATALOGUE_SIGNATURE_SUFFIX ".sig"
#define CATALOGUE_PREFIX           "Domicile catalogue 1\n"
#define CATALOGUE_INDEX_MAX        (4 * 1024 * 1024)
#define CATALOGUE_SIGNATURE_MAX    1024
#define CATALOGUE_ICON_MAX         (128 * 1024)
#define CATALOGUE_ICON_SIDE_MAX    512
#define CATALOGUE_APPS_MAX         5000

/**
 * CatalogueApp:
 * @id: as in the bundle's manifest
 * @arch: of the machine that it runs on; "" for any
 * @homepage: "" or an http address
 * @bundle: where it is, below the index
 * @size_bytes: of the bundle
 * @signer: of the bundle; hexadecimal
 * @icon: (nullable): where a PNG is, below the index
 * @icon_sha256: (nullable): of it
 *
 * What a catalogue says of one app. Texts are plain, and have no control characters.
 */
typedef struct {
  char *id, *name, *version, *summary, *description, *developer, *license, *homepage, *arch;
  GStrv categories, keywords;
  char *bundle;
  gint64 size_bytes;
  char *signer;
  char *icon, *icon_sha256;
} CatalogueApp;

/**
 * CatalogueIndex:
 * @id: letters, digits and "-"
 * @made_us: when; a later one follows
 * @apps: (element-type CatalogueApp): as the index has them
 */
typedef struct {
  char *id, *name;
  gint64 made_us;
  GPtrArray *apps;
} CatalogueIndex;

char           *catalogue_signature_check (GBytes *index, GBytes *signature, GError **error);
CatalogueIndex *catalogue_index_parse (GBytes *data, GError **error);
void            catalogue_index_free (CatalogueIndex *self);
CatalogueApp   *catalogue_index_find (const CatalogueIndex *self, const char *id);
gboolean        catalogue_icon_check (const CatalogueApp *app, GBytes *icon, GError **error);
gboolean        catalogue_app_matches (const CatalogueApp *app, const char *search);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalogueIndex, catalogue_index_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/catalogue-index.h"
#include "apps/picture-draw.h"

G_BEGIN_DECLS

/* The catalogues that a workspace knows: state/catalogues/ID of the vault has the index, its icons, and where it is from.
 * @vault is the root directory of a vault; all functions block. */

/**
 * Catalogue:
 * @url: of the index
 * @signer: whom the workspace's user trusts for it, in hexadecimal
 * @updated_us: when it was fetched
 * @index: what it says
 */
typedef struct {
  char *url, *signer;
  gint64 updated_us;
  CatalogueIndex *index;
} Catalogue;

Catalogue *catalogue_fetch (int vault, const char *url, const char *trust, GCancellable *cancellable, GError **error);
Catalogue *catalogue_refresh (int vault, const char *id, GCancellable *cancellable, GError **error);
Catalogue *catalogue_load (int vault, const char *id, GError **error);
GPtrArray *catalogue_load_all (int vault);
gboolean   catalogue_remove (int vault, const char *id, GError **error);
char      *catalogue_export_icon (int vault, const Catalogue *self, const CatalogueApp *app, const char *folder, PictureDrawer *drawer);
char      *catalogue_dup_bundle_url (const Catalogue *self, const CatalogueApp *app);
void       catalogue_free (Catalogue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Catalogue, catalogue_free)

G_END_DECLS

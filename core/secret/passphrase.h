/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A secret text in memory that is kept out of swap and core dumps where the system allows it, and
 * that is wiped when the last reference goes. */
#define DMC_TYPE_PASSPHRASE (dmc_passphrase_get_type ())
GType dmc_passphrase_get_type (void);

typedef struct _DmcPassphrase DmcPassphrase;

DmcPassphrase *dmc_passphrase_new (const char *text);
DmcPassphrase *dmc_passphrase_new_from_fd (int fd, GError **error);
DmcPassphrase *dmc_passphrase_ref (DmcPassphrase *self);
void           dmc_passphrase_unref (DmcPassphrase *self);

const char *dmc_passphrase_get_text (DmcPassphrase *self);
gsize       dmc_passphrase_get_length (DmcPassphrase *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcPassphrase, dmc_passphrase_unref)

G_END_DECLS

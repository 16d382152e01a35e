/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In the vault: the workspace's own key for signing. */
#define BUNDLE_KEY_FILE "state/bundle-key"

gboolean bundle_trust_check (int vault, const char *signer, const char *trust, GError **error);
void     bundle_trust_add (int vault, const char *signer);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The links that bundle-live.h speaks of: a list for each bundle in the vault, a path a line. */
int  bundle_links_open (int vault, const char *key, gboolean anew);
void bundle_links_forget (int vault, const char *key);
void bundle_links_remove_all (int vault);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "apps/desktop-entry.h"
#include "apps/root-dir.h"

G_BEGIN_DECLS

/* Where a workspace's programs look for programs. */
#define APP_SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games"

/* The apps that a root offers, by desktop file id; what is nearer to the user hides what is below. */
void       app_catalog_read_async (const RootDir      *root,
                                   const char         *icon_dir,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);
GPtrArray *app_catalog_read_finish (GAsyncResult *result, GError **error);
GPtrArray *app_catalog_read (const RootDir *root, const char *icon_dir);

DesktopEntry *app_catalog_find (GPtrArray *catalog, const char *id);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/root-dir.h"

G_BEGIN_DECLS

/* Which apps of a workspace open what kind of file, and which does so unless told otherwise. See the specification
 * "Association between MIME types and applications". */
#define MIME_APPS_LIST     ".config/mimeapps.list" /* the user's own, in the home folder */
#define MIME_APPS_MAX_SIZE (256 * 1024)

GPtrArray *mime_apps_find (const RootDir *root, GPtrArray *catalog, const char *type);
char      *mime_apps_type_of (const RootDir *root, const char *file, GError **error);
char      *mime_apps_with_default (const char *text, const char *type, const char *app);
gboolean   mime_apps_type_is_valid (const char *type);

G_END_DECLS

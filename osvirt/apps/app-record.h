/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

#include "apps/root-dir.h"

G_BEGIN_DECLS

/**
 * AppRecord:
 * @key: its folder's name, which app.remove takes
 * @kind: "deb", "appimage", "tarball" or "bundle"
 * @name: what it calls itself
 * @version: "" where unknown
 * @summary: "" where there is none
 * @size_bytes: room that it takes
 * @desktop_files: absolute paths of its menu entries
 * @programs: absolute paths of its commands
 *
 * What install.sh has noted about one app that it installed in a workspace.
 */
typedef struct {
  char *key;
  char *kind;
  char *name;
  char *version;
  char *summary;
  guint64 size_bytes;
  GStrv desktop_files;
  GStrv programs;
} AppRecord;

/* Where the records are, in a workspace. */
#define APP_RECORDS "/var/lib/domicile/apps"
/* What the script has there goes at its end, however it ends but by SIGKILL. */
#define PACKAGE_WORK_FOLDER "/var/cache/domicile"

void app_record_free (AppRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppRecord, app_record_free)

AppRecord *app_record_parse (const char *key, const char *data, gsize length, GError **error);
GPtrArray *app_records_read (const RootDir *root);
AppRecord *app_records_find (GPtrArray *records, const char *id);
AppRecord *app_records_owner (GPtrArray *records, const char *desktop_file);
gboolean   app_record_key_is_valid (const char *key);

G_END_DECLS

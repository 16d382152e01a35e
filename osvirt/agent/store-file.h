/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the agent remembers of one workspace between its runs. */
typedef struct {
  char *id;
  char *name;
  char *path;
} KnownWorkspace;

/* STATE_DIR/workspaces.json. */
typedef struct {
  GPtrArray *known;    /* of KnownWorkspace */
  GPtrArray *creating; /* of char *: folders that were being made */
} StoreFile;

StoreFile *store_file_new (void);
StoreFile *store_file_load (const char *state_dir, GError **error);
gboolean   store_file_save (const StoreFile *self, const char *state_dir, GError **error);
void       store_file_add (StoreFile *self, const char *id, const char *name, const char *path);
void       store_file_free (StoreFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StoreFile, store_file_free)

G_END_DECLS

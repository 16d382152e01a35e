/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "agent/host-fingerprint.h"
#include "agent/workspace-settings.h"

G_BEGIN_DECLS

#define WORKSPACE_FILE_NAME     "workspace.json"
#define WORKSPACE_FILE_FORMAT   1
#define WORKSPACE_FILE_MAX_SIZE (64 * 1024)
#define WORKSPACE_SUFFIX        ".domicile"

/* workspace.json: what a workspace says about itself on its medium, in the clear. No secrets. */
typedef struct {
  char *id; /* UUID in lower case */
  char *name;
  char *mode;  /* "shared" or "isolated" */
  char *vault; /* "luks" or "none" */
  gint64 size_bytes; /* 0: not limited */
  gint64 created_us; /* since 1970 UTC */
  gint64 suspended_us; /* since 1970 UTC; 0: nothing is suspended in it. Only a hint: the image is in the vault */
  HostFingerprint *base;
  WorkspaceSettings *settings;
} WorkspaceFile;

gboolean       workspace_name_is_clean (const char *name);
WorkspaceFile *workspace_file_new (const char *name, const char *mode, const char *vault, gint64 size_bytes);
WorkspaceFile *workspace_file_parse (const char *data, gsize length, GError **error);
WorkspaceFile *workspace_file_load (const char *folder, GError **error);
gboolean       workspace_file_save (const WorkspaceFile *self, const char *folder, GError **error);
gboolean       workspace_file_is_isolated (const WorkspaceFile *self);
char          *workspace_file_print (const WorkspaceFile *self);
WorkspaceFile *workspace_file_copy (const WorkspaceFile *self);
gboolean       workspace_file_equal (const WorkspaceFile *a, const WorkspaceFile *b);
void           workspace_file_free (WorkspaceFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkspaceFile, workspace_file_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/* A piece of what an app has written to its output. */
typedef struct {
  char *text;  /* UTF-8 */
  gint64 from; /* in bytes from the log's beginning: where it begins, and where the next piece does */
  gint64 next;
} AppOutput;

void       app_output_free (AppOutput *self);
void       app_output_read_async (AgentWorkspace *workspace, const char *app, gint64 from, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
AppOutput *app_output_read_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppOutput, app_output_free)

G_END_DECLS

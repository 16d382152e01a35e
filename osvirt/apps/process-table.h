/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/view.h"

G_BEGIN_DECLS

/* Which processes of a view belong to which app. A process belongs to the app that one of its ancestors
 * was started for; one that has lost its parents keeps the app by its session, or because it was seen
 * before. */
typedef struct _ProcessTable ProcessTable;

typedef struct {
  DmcProcess *process;
  const char *app; /* interned; NULL where it was started without one */
  int session;     /* the pid of its session's leader in the workspace */
} ProcessInfo;

ProcessTable *process_table_new (DmcView *view);
ProcessTable *process_table_ref (ProcessTable *self);
void          process_table_unref (ProcessTable *self);

void        process_table_add (ProcessTable *self, int pid, const char *app);
void        process_table_each (ProcessTable *self, void (*visit) (int pid, const char *app, gpointer data), gpointer data);
const char *process_table_remove (ProcessTable *self, int pid, gboolean *known);

GArray  *process_table_read (ProcessTable *self, GError **error);
GArray  *process_table_running (GArray *infos, const char *app);
gboolean process_table_has_orphans (ProcessTable *self, GArray *infos);
guint    process_table_count_apps (ProcessTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProcessTable, process_table_unref)

G_END_DECLS

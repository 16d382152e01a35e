/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "agent/guard.h"

G_BEGIN_DECLS

/* What there was of a workspace on its host before it was opened, for comparing with what there is afterwards. */
typedef struct _HostTraces HostTraces;

HostTraces *host_traces_new (const char *folder, const char *id, const char *runtime_dir, AgentGuard *guard);
void        host_traces_free (HostTraces *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostTraces, host_traces_free)

void       host_traces_note_vault (HostTraces *self, int root);
void       host_traces_find_async (HostTraces *self, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *host_traces_find_finish (GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void       host_traces_find_async (const char *folder, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *host_traces_find_finish (GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "screen-layout.h"

G_BEGIN_DECLS

void dmc_screen_request_async (const char *address, const DmcScreenLayout *layout, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
gboolean dmc_screen_request_finish (GAsyncResult *result, GError **error);

G_END_DECLS

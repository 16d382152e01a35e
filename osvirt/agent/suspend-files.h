/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/view.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Files of the host that a suspended workspace uses: it carries them along, by content, and uses that where a host's own differ; or it
 * notes them, and is not brought back where they differ. */

void       suspend_files_carry_async (DmcView             *view,
                                      int                  root,
                                      GBytes              *list,
                                      GStrv                elsewhere,
                                      gboolean             all,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
JsonArray *suspend_files_carry_finish (GAsyncResult *result, GError **error);
gboolean   suspend_files_prepare (int root, JsonArray *files, guint *n_used, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GPtrArray *workspace_scan (const char *root, guint depth, GCancellable *cancellable);

G_END_DECLS

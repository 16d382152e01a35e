/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gint64 appimage_payload_offset (const guint8 *data, gsize length, GError **error);

G_END_DECLS

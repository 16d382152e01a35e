/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean picture_size_is_sane (const char *data, gsize length);
gboolean picture_size_is_drawing (const char *data, gsize length, guint max_side);

G_END_DECLS

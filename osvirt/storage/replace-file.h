/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean replace_file_at (int folder, const char *name, const char *text, gsize length);
int      open_folder_at (int parent, const char *name);

G_END_DECLS

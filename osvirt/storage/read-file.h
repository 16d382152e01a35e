/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean read_file (const char *path, gsize max_size, char **data, gsize *length, GError **error);
gboolean read_fd (int fd, gsize max_size, char **data, gsize *length, GError **error);

G_END_DECLS

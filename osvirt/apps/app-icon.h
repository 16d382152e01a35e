/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *app_icon_export (int root, const char *home, const char *icon, const char *export_dir);

G_END_DECLS

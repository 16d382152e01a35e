/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Light or dark, as the user chose or as the desktop prefers. */
void dmc_color_scheme_follow (GApplication *application, GSettings *settings);

G_END_DECLS

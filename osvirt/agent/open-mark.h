/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *open_mark_set (int vault, gboolean checked);
void  open_mark_clear (int vault);

G_END_DECLS

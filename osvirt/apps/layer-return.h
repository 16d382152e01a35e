/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void layer_return (int layer, gboolean keeps_folders);

G_END_DECLS

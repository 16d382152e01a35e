/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin-loader.h"

G_BEGIN_DECLS

GtkWidget *dmc_preferences_window_new (DmcPluginLoader *loader, GSettings *settings);

G_END_DECLS

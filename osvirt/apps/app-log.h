/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

int app_log_open (int vault_root, const char *app);

G_END_DECLS

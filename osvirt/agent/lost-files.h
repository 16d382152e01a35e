/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *lost_files_bring_back (int vault);

G_END_DECLS

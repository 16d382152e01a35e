/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/desktop-entry.h"
#include "apps/root-dir.h"

G_BEGIN_DECLS

GPtrArray *app_command_expand (const DesktopEntry *entry, const char *const *files, const RootDir *root, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/picture-draw.h"
#include "apps/root-dir.h"

G_BEGIN_DECLS

char *app_icon_export (const RootDir *root, const char *icon, const char *export_dir, PictureDrawer *drawer);

G_END_DECLS

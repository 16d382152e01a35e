/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/picture-draw.h"

G_BEGIN_DECLS

char *picture_export (PictureDrawer *drawer, const char *data, gsize length, const char *folder);

G_END_DECLS

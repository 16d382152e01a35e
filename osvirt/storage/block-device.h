/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *block_device_kind (const char *device);
char       *block_device_label (const char *device);
guint64     block_device_size (const char *device);

G_END_DECLS

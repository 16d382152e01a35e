/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

int copy_file (int in, int out, GCancellable *cancellable);

G_END_DECLS

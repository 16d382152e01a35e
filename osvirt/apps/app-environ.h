/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GStrv app_environ (GStrv view_environ);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a view has them. */
#define HOST_VALUES_CONFIG "/run/domicile/host/config"

gboolean host_values_has_fonts (void);

int host_values_stream_config (GError **error);
int host_values_stream_fonts (GError **error);

G_END_DECLS

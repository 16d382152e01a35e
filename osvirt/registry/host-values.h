/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a view has them. */
#define HOST_VALUES_CONFIG "/run/domicile/host/config"

gboolean host_values_has_fonts (void);

int host_values_stream_config (GError **error);
int host_values_stream_fonts (GError **error);

/* Watches what host_values_stream_config() takes of the user's settings. A change, and those that come with it, are told once. */
typedef struct _HostValuesWatch HostValuesWatch;

HostValuesWatch *host_values_watch_new (GSourceFunc changed, gpointer user_data);
void             host_values_watch_free (HostValuesWatch *self);

G_END_DECLS

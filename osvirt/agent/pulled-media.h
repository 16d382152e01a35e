/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/service.h"

G_BEGIN_DECLS

/* Closes workspaces whose medium is pulled out while they are open, as soon as it is. */
typedef struct _PulledMedia PulledMedia;

/* @service: (transfer none): outlives what is returned. Returns: (transfer full) */
PulledMedia *pulled_media_new (AgentService *service);
void         pulled_media_free (PulledMedia *self);

G_END_DECLS

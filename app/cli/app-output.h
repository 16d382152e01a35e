/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ctl.h"

G_BEGIN_DECLS

gboolean ctl_app_output (Ctl *ctl, char **arguments, GError **error);
gboolean ctl_app_wait (Ctl *ctl, const char *workspace, const char *name, JsonNode *launch, GError **error);

G_END_DECLS

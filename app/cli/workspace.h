/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ctl.h"

G_BEGIN_DECLS

/* workspace.c */
char *ctl_workspace_id (Ctl *ctl, const char *name, GError **error);

G_END_DECLS

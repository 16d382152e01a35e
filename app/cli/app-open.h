/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ctl.h"

G_BEGIN_DECLS

extern const GOptionEntry ctl_app_favourite_options[];

gboolean ctl_app_favourite (Ctl *ctl, char **arguments, GError **error);
gboolean ctl_app_handlers (Ctl *ctl, char **arguments, GError **error);
gboolean ctl_app_default (Ctl *ctl, char **arguments, GError **error);
gboolean ctl_app_open (Ctl *ctl, char **arguments, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ctl.h"

extern const GOptionEntry ctl_attest_options[];
gboolean ctl_run_attest (Ctl *ctl, char **arguments, GError **error);

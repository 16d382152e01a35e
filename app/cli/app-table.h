/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ctl.h"

G_BEGIN_DECLS

/* What a table of apps is about, which has its own columns. */
typedef enum {
  CTL_APPS_INSTALLED = 1 << 0, /* of a workspace */
  CTL_APPS_CHOICE = 1 << 1,    /* from which one opens a file */
  CTL_APPS_OFFERED = 1 << 2,   /* by catalogues */
} CtlApps;

void ctl_print_apps (JsonNode *result, CtlApps which, const char *when_empty);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "app-work.h"

G_BEGIN_DECLS

/* Making bundles: of an app that is installed, or of whatever comes between the begin of a capture and its end. Both
 * do nothing while @work is under way. */
void dmc_bundle_work_capture (DmcAppWork *work, DmcHost *host, const char *workspace);
void dmc_bundle_work_export (DmcAppWork *work, DmcHost *host, const char *workspace, const char *app, const char *name);

G_END_DECLS

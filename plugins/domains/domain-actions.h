/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* What can be done to a domain, as an action group to be inserted as "domain": toggle (pause or
 * resume, whichever is possible), pause, resume, shutdown, destroy, focus, reboot, save, migrate. An action is enabled just while
 * the domain's state allows it. */
GSimpleActionGroup *dmc_domain_actions_new (DmcHost *host, DmcDomain *domain);

/* NULL where the action is possible now, else the reason why not, as a sentence for a tooltip. */
const char *dmc_domain_actions_why_not (DmcDomain *domain, const char *action);

G_END_DECLS

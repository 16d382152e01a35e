/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Saving a domain to a file, making one from such a file, and moving one to another machine: what the
 * user is asked, then a job. */
void dmc_domain_save (DmcHost *host, DmcDomain *domain);
void dmc_domain_restore (DmcHost *host);
void dmc_domain_migrate (DmcHost *host, DmcDomain *domain);

G_END_DECLS

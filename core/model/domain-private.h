/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/domain.h"

G_BEGIN_DECLS

void dmc_domain_sample (DmcDomain *self, gint64 time_us);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of a domain that crashed, as the protocol shows it. */
#ifndef CONTROL_CRASH_H
#define CONTROL_CRASH_H

#include "domain.h"

/* Members crash_reason (one sentence) and crash (all there is) of a crashed domain. */
void crash_write (struct json_writer *out, const struct domain *domain);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking domains apart and putting them together (pv/state.h). */
#ifndef HV_STATE_H
#define HV_STATE_H

#include <stdbool.h>
#include <pv/control.h>

struct hv_domain;

/* Whether a command of domctl is one of these. */
bool hv_state_command (uint32_t cmd);
long hv_state_domctl (struct hv_domain *caller, struct pv_domctl *op);

#endif

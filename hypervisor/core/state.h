/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking domains apart and putting them together: commands of domctl (pv/state.h). */
#ifndef HV_STATE_H
#define HV_STATE_H

#include <pv/control.h>

struct hv_domain;

/* Of a domain that runs or ran: */
long hv_state_suspend (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_unsuspend (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_memory_list (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_pages_read (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_get_vcpu (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_log_dirty (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_get_layout (struct hv_domain *domain, struct pv_domctl *op);
/* Of one that is being filled: */
long hv_state_pages_write (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_page_release (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_pin (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_set_vcpu (struct hv_domain *domain, struct pv_domctl *op);
long hv_state_complete (struct hv_domain *domain, struct pv_domctl *op);

#endif

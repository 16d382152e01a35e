/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What methods that name a domain have in common. */
#ifndef CONTROL_DOMAIN_METHODS_H
#define CONTROL_DOMAIN_METHODS_H

#include "domain.h"

/* The domain of parameter `id`. -> false where there is none, after answering so. */
bool call_get_domain (struct call *call, struct domain *domain);
/* The same, but for a domain that may be `what` ("paused"), which the control domain may not. */
bool call_get_guest (struct call *call, struct domain *domain, const char *what);
/* Answers that the domain cannot be `what` in its state. `hint` may be NULL. */
void call_fail_state (struct call *call,
                      const struct domain *domain,
                      const char *what,
                      const char *hint);
/* What a domain has under way on a disk does not come to its end. */
void call_fail_disk (struct call *call, const struct domain *domain, const char *what);
/* Answers with the domain as it is now. */
void call_answer_domain (struct call *call, struct domain *domain);
/* The least memory that an image runs in; 0 where that is not known. */
uint32_t image_least_memory (const char *image);
/* Memory that no domain has. */
uint32_t host_free_kib (void);
/* Answers that this needs more memory than is free. */
void call_fail_memory (struct call *call);
/* Answers that the domain could not be `what` ("paused"), by the hypervisor's error. */
void call_fail_hypervisor (struct call *call, struct domain *domain, const char *what, long error);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making, remaking and unmaking domains. All of it is done in slices of well under 100,000
 * instructions, between which others run: a call that gives -XEN_EAGAIN is to be made again. One
 * domain is made at a time; the record of it stays when the caller goes away, and the next one takes
 * it down.
 */
#ifndef HV_BUILD_H
#define HV_BUILD_H

#include "core/domain.h"

/* Begins a domain, which is found by nobody until it is whole; -> its id; -XEN_EAGAIN: call again; or another
   negative error with everything as before. */
long hv_build_begin (const struct hv_domain_config *config);
/* Begins to make a domain anew from its image, with its settings and the memory that it may have. If
   that fails it is left without memory, shut down. false: call again. */
bool hv_build_again (struct hv_domain *domain);
/* The domain that is under way has this id. */
bool hv_build_is (uint32_t id);
/* The next slice of it. 0: it is whole, and paused. An error: nothing is left of it. */
long hv_build_slice (void);

/* All slices in a row: at start-up, when there is nobody to hold up. -> its id, or a negative error. */
long hv_build_now (const struct hv_domain_config *config);

/* Ends a domain; its memory is still to be released. */
void hv_domain_destroy (struct hv_domain *domain);
/* The next slice of that. 0: nothing is left of it. */
long hv_domain_release (struct hv_domain *domain);

#endif

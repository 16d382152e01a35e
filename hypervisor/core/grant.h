/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables (Xen's version 1): a domain lets others use single pages of its own.
 *
 * The table that the guest writes (struct grant_entry_v1[]) is read once when a reference comes
 * into use; from then on what counts is the hypervisor's own record of it, until the last use is
 * over. A mapping holds a use of the granted frame, so that a frame mapped writable is no page
 * table and the other way round, and one of the page table that it stands in, so that its entry
 * stays where it is until it is unmapped or revoked.
 */
#ifndef HV_GRANT_H
#define HV_GRANT_H

#include <stdbool.h>
#include <stdint.h>
#include "core/config.h"
#include "core/vcpu.h"

#define HV_GRANT_FRAMES       ((uint32_t)PV_GRANT_FRAMES) /* pages of a domain's table */
#define HV_GRANTS             (HV_GRANT_FRAMES * 512u)    /* references of a domain */
#define HV_GRANT_MAPS_GUEST   128u                        /* mappings that a guest may hold */
#define HV_GRANT_MAPS_CONTROL 4096u                       /* and the control domain */

struct hv_domain;

/* grant_table_op: (command, array, count). */
long hv_grant_op (struct hv_vcpu *vcpu, const uint32_t *args);

/* Gives a domain its table: HV_GRANT_FRAMES frames of its own, by machine frame number. 0, or a
   negative error. */
int hv_grant_table_init (struct hv_domain *domain, const uint32_t *frames);
/* Makes one page of the domain usable by `peer` under `reference`, as the domain itself could. */
void hv_grant_offer (struct hv_domain *domain, uint32_t reference, uint16_t peer, uint32_t frame);
/* Revokes some of what others have mapped of the domain, and of what it has mapped of others. -> whether
   nothing is left; else call again. */
bool hv_grant_close_some (struct hv_domain *domain);
struct hv_review;
/* Asks for some mappings again whether they may be, and revokes those that may not; -> whether all
   were asked for (security/review.h). */
bool hv_grant_review (struct hv_review *review);
/* Forgets what the policy was known to allow. */
void hv_grant_forget (void);
/* References of the domain that somebody uses now. */
uint32_t hv_grants_used (const struct hv_domain *domain);
/* How often one domain mapped or copied a page of the other. */
uint32_t hv_grant_uses (const struct hv_domain *granter, const struct hv_domain *user);

#endif

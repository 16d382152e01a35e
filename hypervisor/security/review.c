/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "security/review.h"

#include "core/event.h"
#include "core/grant.h"
#include "core/hid.h"
#include "security/hooks.h"

/* The label that the domain has, or will have, under the policy; NULL: there is none. */
static const struct pol_label *
label_under (const struct hv_policy *policy, const struct hv_domain *domain)
{
  const struct pol_bundle *bundle = &policy->bundle;
  if (domain->label >= bundle->labels && domain->label < bundle->labels + bundle->n_labels)
    return domain->label;
  return pol_bundle_find (bundle, domain->label->type);
}

bool
hv_review_ends (const struct hv_review *review,
                const struct hv_domain *subject,
                const struct hv_domain *object,
                enum hv_hook hook)
{
  const struct hv_policy *policy = review->policy;
  const struct pol_label *from = label_under (policy, subject);
  const struct pol_label *to = object ? label_under (policy, object) : NULL;
  uint32_t index = policy->machine;
  if (to)
    index = object == subject ? to->self : to->object;
  if (from && (to || !object) && hv_may_under (policy, from, index, hook))
    return false;
  if (review->revoke)
    hv_audit_revoked (subject, object, hook);
  return true;
}

static bool
review_display (struct hv_review *review)
{
  hv_hid_review (review);
  return true;
}

bool
hv_review_slice (struct hv_review *review)
{
  static bool (*const kinds[]) (struct hv_review *)
      = { hv_grant_review, hv_event_review, review_display };
  if (review->step < sizeof kinds / sizeof kinds[0] && kinds[review->step](review)) {
    review->step++;
    review->cursor = 0;
  }
  return review->step == sizeof kinds / sizeof kinds[0];
}

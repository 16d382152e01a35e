/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/document.h"
#include "upstream.h"

G_BEGIN_DECLS

/* Reads the policy that the hypervisor decides by, once for each that takes over. */
typedef struct _DmcPolicyFetch DmcPolicyFetch;

typedef struct {
  DmcPolicyDocument *document;
  gint64 sequence;  /* its number in the hypervisor */
  gint64 loaded_us; /* since 1970 */
} DmcHeldPolicy;

DmcPolicyFetch *dmc_policy_fetch_new (DmcUpstream *upstream);
/* What is under way ends with its callback all the same. */
void dmc_policy_fetch_free (DmcPolicyFetch *self);

void dmc_policy_fetch_async (DmcPolicyFetch *self,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* Returns: (transfer none): the policy, until the next turn of the main loop; NULL with @error set:
 * %DMC_ERROR_STATE where the built-in rules hold */
const DmcHeldPolicy *
dmc_policy_fetch_finish (DmcPolicyFetch *self, GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"
#include "policy-draft.h"

G_BEGIN_DECLS

/**
 * dmc_denial_list_new:
 * @host: (transfer none): for messages
 * @draft: (transfer none): of the endpoint whose denials are shown; where a proposed rule goes when the user says so
 *
 * Returns: (transfer floating): what an endpoint's policy has denied, newest first; each tells why, and which rule
 *   would change that
 */
GtkWidget *dmc_denial_list_new (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS

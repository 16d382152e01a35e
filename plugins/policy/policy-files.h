/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"
#include "policy-draft.h"

G_BEGIN_DECLS

/* Lets the user choose a file, and makes it the draft; nothing is loaded by that. */
void dmc_policy_files_open (DmcHost *host, DmcPolicyDraft *draft);

/* Lets the user choose a file, and writes the draft to it as it stands. */
void dmc_policy_files_save (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS

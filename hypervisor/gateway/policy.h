/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/server.h"
#include "upstream.h"

G_BEGIN_DECLS

/*
 * The policy of the hypervisor, which holds it compiled and with the document that it was made of.
 * Documents are read, checked and compiled here; the hypervisor checks what it is given, decides,
 * and says what it took back.
 */
typedef struct _DmcHvPolicy DmcHvPolicy;

DmcHvPolicy *dmc_hv_policy_new (DmcUpstream *upstream);
void dmc_hv_policy_free (DmcHvPolicy *self);
/* Adds policy.get, .validate, .load, .check and .simulate; @self must outlive @server. */
void dmc_hv_policy_attach (DmcHvPolicy *self, DmcServer *server);

G_END_DECLS

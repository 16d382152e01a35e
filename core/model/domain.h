/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* How many samples a domain remembers for its charts. */
#define DMC_DOMAIN_HISTORY 120

/* A domain of the hypervisor. Properties beside those of DmcItem:
 *   strings  "uuid" "name" "role" "state" "sched" "label" (text of the label's type) "kernel-image"
 *            "kernel-sha256" "crash-reason"
 *   int64    "domain-id" "cpu-time-ns" "memory-kib" "max-memory-kib" "target-memory-kib" "weight"
 *            "cap-percent" "budget-us" "period-us" (0: not of the real-time class)
 *            "faults" "event-channels-used" "event-channels-max" "grants-used" "grants-max" "n-vcpus"
 *   boolean  "focus" "display" "kernel-verified"
 *   double   "cpu-percent" (of one physical CPU, from the last two samples)
 * Signal "sampled" (): the history has grown by one sample.
 */
#define DMC_TYPE_DOMAIN (dmc_domain_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomain, dmc_domain, DMC, DOMAIN, DmcItem)

gint64      dmc_domain_get_id (DmcDomain *self);
const char *dmc_domain_get_uuid (DmcDomain *self);
const char *dmc_domain_get_name (DmcDomain *self);
const char *dmc_domain_get_role (DmcDomain *self);
const char *dmc_domain_get_state (DmcDomain *self);
gint64      dmc_domain_get_memory_kib (DmcDomain *self);
gint64      dmc_domain_get_weight (DmcDomain *self);
double      dmc_domain_get_cpu_percent (DmcDomain *self);

/* Samples from oldest to newest, at most DMC_DOMAIN_HISTORY; *n of them. The memory belongs to
 * the domain and stays valid until its next sample. */
const double *dmc_domain_get_cpu_history (DmcDomain *self, guint *n);
const double *dmc_domain_get_memory_history (DmcDomain *self, guint *n);

/* All domains, control domain first, then by name; subscribes `domain` and, each interval_ms,
 * `stats`. */
#define DMC_TYPE_DOMAIN_LIST (dmc_domain_list_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomainList, dmc_domain_list, DMC, DOMAIN_LIST, DmcItemList)

DmcDomainList *dmc_domain_list_new (DmcEndpoint *control, guint interval_ms);
DmcDomain     *dmc_domain_list_find (DmcDomainList *self, gint64 id);

G_END_DECLS

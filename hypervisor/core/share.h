/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shares of processor time. At the end of each period the time that the vCPUs have used is divided
 * once more, as it should have been: among domains by weight, among the vCPUs of a domain evenly,
 * and nobody gets more than was wanted. The difference is credit: it decides who runs next.
 */
#ifndef HV_SHARE_H
#define HV_SHARE_H

#include <stdint.h>
#include "core/timer.h"

/* What one of several wants of a sum, and what it gets. */
struct hv_claim {
  uint32_t demand;
  uint32_t weight;
  uint32_t share; /* result; what it gets never exceeds its demand */
};

/* Divides `total` by weight. Where the demands are less than their shares the others get the rest. */
void hv_share_divide (struct hv_claim *claims, uint32_t count, uint32_t total);
void hv_share_init (void);
extern struct hv_timer hv_share_timer;
void hv_share_begin (void);
/* Call when a vCPU comes to want time: the periods go on. */
static inline void
hv_share_start (void)
{
  if (__builtin_expect (hv_list_empty (&hv_share_timer.node), 0))
    hv_share_begin ();
}

#endif

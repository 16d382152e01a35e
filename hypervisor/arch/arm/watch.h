/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of a domain are written to while a copy of it is made. Its writable mappings become
 * read-only in the encoding of AP that the architecture has for it twice: 110 says that the domain
 * may write there (and counts as a writable use), 111 that it may not. The first write faults, and
 * makes the entry writable again. An entry that is found writable, or goes away as such, tells that
 * its page may have been written to. One domain at a time.
 */
#ifndef HV_ARCH_WATCH_H
#define HV_ARCH_WATCH_H

#include <pv/arch.h>
#include "arch/arch.h"
#include "core/frame.h"

struct hv_domain;
struct hv_vcpu;

#define HV_L2_WATCHED (PV_L2_PAGE | PV_L2_MEMORY | 0x220)

_Static_assert(HV_WATCHED_NONE == HV_OWNER_NONE, "offsets.h");

/* A valid entry of a guest's own, watched. */
static inline bool
hv_is_watched (uint32_t entry)
{
  return (entry & 0xffe) == HV_L2_WATCHED;
}

/* The entry as it is while nobody watches. */
static inline uint32_t
hv_unwatched (uint32_t entry)
{
  return (entry & ~(uint32_t)HV_L2_WATCHED) | PV_L2_RW;
}

/* A data abort of the guest; whether it was for us, and the instruction is to be tried again. */
bool hv_watch_fault (struct hv_vcpu *vcpu, uint32_t status);
/* Lets the vCPU, and us for it, write there again. Whether any of it was watched. */
bool hv_watch_touch (const struct hv_vcpu *vcpu, uint32_t va, uint32_t length);
/* entry.S: a fault of ours at DFAR while copying to the running vCPU's memory. */
bool hv_watch_copy_fault (void);

/* While a domain is watched entry.S finds no handler for data aborts, and asks C. */
uint32_t hv_watch_handler (const struct hv_vcpu *vcpu, uint32_t trap);
void hv_watch_handlers_set (struct hv_vcpu *vcpu);
void hv_watch_forget (const struct hv_domain *domain);

#endif

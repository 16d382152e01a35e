/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor's part, for proofs: very little memory, of which a few words of each page are there. */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include "arch/arm/vcpu.h"

#define HV_PAGE_SIZE   4096u
#define HV_PAGE_SHIFT  12
#define HV_FRAME_FIRST 0x60000u
#define HV_FRAMES_MAX  8u
#define HV_FRAMES_LOW  8u

struct hv_domain;
struct hv_paging;
struct hv_vcpu;
struct pv_layout;
struct pv_vcpu_context;

void *hv_frame_address (uint32_t mfn);
int hv_copy_from_guest (void *to, uint32_t from, uint32_t length);
int hv_copy_word_from_guest (uint32_t *to, uint32_t from);
int hv_copy_to_guest (uint32_t to, const void *from, uint32_t length);
long hv_arch_repeat (struct hv_vcpu *vcpu);
void *hv_machine_address (uint32_t machine);

struct hv_paging {
  const hv_hypercall *hypercalls;
  int (*set_base) (struct hv_vcpu *vcpu, uint32_t mfn);
  int (*pin) (struct hv_vcpu *vcpu, uint32_t cmd, uint32_t mfn);
  bool (*fault) (struct hv_vcpu *vcpu, uint32_t status);
  int (*frame_behind) (const struct hv_vcpu *vcpu, uint32_t va, bool write, uint32_t *mfn);
  uint32_t (*entry_page) (const struct hv_domain *domain, uint32_t entry);
  uint32_t (*grant_map) (const struct hv_vcpu *vcpu, uint32_t host, uint32_t mfn, uint32_t flags);
  void (*grant_unmap) (uint32_t entry);
};

/* Who is watched while a copy of it is made, if anybody (arch/arm/watch.h): a proof takes any. */
#define HV_WATCHED_NONE 0xff
extern uint32_t hv_watched;
static inline void hv_arch_written (uint32_t mfn) { (void)mfn; }

#endif

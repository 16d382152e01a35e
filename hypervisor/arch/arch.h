/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What core asks of the processor. Core includes this and nothing else of arch/ and platform/.
 */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include "arch/arm/layout.h"
#include "arch/arm/vcpu.h"

#define HV_PAGE_SIZE  4096u
#define HV_PAGE_SHIFT 12
/* Machine frame number of the first frame of domain memory. */
#define HV_FRAME_FIRST (BOARD_DRAM >> HV_PAGE_SHIFT)

struct hv_cpu;
struct hv_domain;
struct hv_vcpu;
struct hv_image;
struct pv_crash;
struct pv_layout;
struct pv_log_dirty;
struct pv_vcpu_context;

/* Maps the extent of a frame that is not in the linear map; -> the frame's address. */
void *hv_arch_map_high (uint32_t mfn);

/* This processor's number, from 0, and what is known of it. */
static inline uint32_t
hv_arch_cpu_id (void)
{
  uint32_t mpidr;
  asm ("mrc p15, 0, %0, c0, c0, 5" : "=r"(mpidr));
  return mpidr & 3;
}
static inline struct hv_cpu *
hv_this_cpu (void)
{
  struct hv_cpu *cpu;
  asm ("mrc p15, 0, %0, c13, c0, 4" : "=r"(cpu)); /* TPIDRPRW */
  return cpu;
}

/* Whether the machine has more than one processor. Costs one instruction: a branch is put there at
   start-up when it has (arch/arm/smp.c). */
static inline __attribute__ ((always_inline)) bool
hv_smp (void)
{
  asm goto ("9000: nop\n\t"
            ".pushsection .lock_sites, \"a\"\n\t"
            ".word 9000b, %l0 + 1\n\t"
            ".popsection"
            :
            :
            :
            : yes);
  return false;
yes:
  return true;
}

/* Where the hypervisor sees a frame of domain memory, on this processor: for ever if it is one of
   the first HV_FRAMES_LOW, else until the 16th call from now for another such frame, and not beyond
   the end of the present trap. */
static inline void *
hv_frame_address (uint32_t mfn)
{
  uint32_t index = mfn - HV_FRAME_FIRST;
  if (index < HV_FRAMES_LOW)
    return (void *)(HV_PHYSMAP + (index << HV_PAGE_SHIFT));
  return hv_arch_map_high (mfn);
}

/* The same of an address in domain memory. */
static inline void *
hv_machine_address (uint32_t machine)
{
  if (machine - BOARD_DRAM < HV_PHYSMAP_SIZE)
    return (void *)(machine - BOARD_DRAM + HV_PHYSMAP);
  return (char *)hv_arch_map_high (machine >> HV_PAGE_SHIFT) + (machine & (HV_PAGE_SIZE - 1));
}

/* Whether it is one of those that are seen for ever. */
static inline bool
hv_frame_is_low (uint32_t mfn)
{
  return mfn - HV_FRAME_FIRST < HV_FRAMES_LOW;
}

/* Guest memory of the running vCPU; 0 or -XEN_EFAULT. */
int hv_copy_from_guest (void *to, uint32_t from, uint32_t length)
    __attribute__ ((warn_unused_result));
int hv_copy_word_from_guest (uint32_t *to, uint32_t from) __attribute__ ((warn_unused_result));
int hv_copy_to_guest (uint32_t to, const void *from, uint32_t length)
    __attribute__ ((warn_unused_result));

/*
 * A mode of paging: how the tables that a guest writes become those that the processor walks. There
 * is one, direct paging (arch/arm/direct.c). Another, such as shadow tables, is one more of these
 * structures; a domain has its mode from its beginning (docs/decisions/0009). Errors are negative
 * ones of Xen's, and change nothing.
 */
struct hv_paging {
  /* By number: those of core, and those on page tables that guests of this mode have. */
  const hv_hypercall *hypercalls;
  /* Makes the directory that starts at frame `mfn` the vCPU's; -XEN_EAGAIN: call again. */
  int (*set_base) (struct hv_vcpu *vcpu, uint32_t mfn);
  /* MMUEXT_PIN_*, MMUEXT_UNPIN_TABLE: keeps a frame checked as a table or directory, or ends that;
     -XEN_EAGAIN: call again, for the same vCPU. */
  int (*pin) (struct hv_vcpu *vcpu, uint32_t cmd, uint32_t mfn);
  /* A data abort of the guest, with this status: whether it was for the mode alone, and the
     instruction is to be tried again. */
  bool (*fault) (struct hv_vcpu *vcpu, uint32_t status);
  /* The frame behind an address of the running vCPU's memory, as its page table has it: 0, or
     -XEN_EFAULT when nothing is mapped there, or it may only be read and `write` is wanted. */
  int (*frame_behind) (const struct hv_vcpu *vcpu, uint32_t va, bool write, uint32_t *mfn);
  /* A valid page-table entry with its page number in the domain instead of the machine frame; 0 for
     what is invalid or not the domain's own. */
  uint32_t (*entry_page) (const struct hv_domain *domain, uint32_t entry);
  /* Maps frame `mfn` of another domain as GNTMAP_* of `flags` say, for the virtual or at the machine
     address `host`, where the vCPU's domain must have a page table and nothing mapped. -> the
     entry's machine address, held with its table until it is unmapped; 0: it cannot be. */
  uint32_t (*grant_map) (const struct hv_vcpu *vcpu, uint32_t host, uint32_t mfn, uint32_t flags);
  /* Clears the entry. The caller flushes before it lets go of the frame. */
  void (*grant_unmap) (uint32_t entry);
};
extern const struct hv_paging hv_paging_direct;

/* Forgets all cached translations of a domain, on all processors. */
void hv_arch_flush (const struct hv_domain *domain);

/* How far something has come that is done in slices, so that it never holds the others up for long;
   to begin with all zero. */
struct hv_progress {
  uint32_t step, next;
};
/* Gives a new domain its memory, address space and registers (paging: arch/arm/build.c). 0; or
   -XEN_EAGAIN: call again; or another negative error: the caller releases the memory. */
int hv_arch_domain_build (struct hv_domain *domain,
                          const struct hv_image *image,
                          const char *command_line,
                          struct hv_progress *progress);
/* Makes the vCPU repeat the hypercall that it is in. -> what to return from it. */
long hv_arch_repeat (struct hv_vcpu *vcpu);
/* Registers and address space with which `vcpu` starts, traps as those of `caller`. 0, or a
   negative error with nothing changed. */
int hv_arch_vcpu_start (struct hv_vcpu *vcpu,
                        const struct hv_vcpu *caller,
                        const struct pv_vcpu_start *context);
/* A domain whose memory is filled from elsewhere (pv/state.h): first this, which gives it frames
   (the first pages low ones) from page *next on, last hv_arch_domain_complete; between them the next
   one. All give 0 or a negative error; -XEN_EAGAIN: call again. */
int hv_arch_domain_begin (struct hv_domain *domain, uint32_t low_pages, uint32_t *next);
int hv_arch_set_context (struct hv_vcpu *vcpu, const struct pv_vcpu_context *context);
int hv_arch_domain_complete (struct hv_domain *domain, const struct pv_layout *layout);
void hv_arch_get_context (const struct hv_vcpu *vcpu, struct pv_vcpu_context *context);
/* PV_DOMCTL_LOG_DIRTY; 0 or a negative error. */
int hv_arch_log_dirty (struct hv_domain *domain, struct pv_log_dirty *op);
/* A frame was written to otherwise than through a mapping of its owner, who may be watched. */
extern uint32_t hv_watched; /* slot of the domain that is; HV_WATCHED_NONE: none */
void hv_watch_mark (uint32_t mfn);
static inline void
hv_arch_written (uint32_t mfn)
{
  if (__builtin_expect (hv_watched != HV_WATCHED_NONE, 0))
    hv_watch_mark (mfn);
}
/* What a hypercall under way gives its caller, a vCPU that stands still. */
void hv_arch_set_result (struct hv_vcpu *vcpu, uint32_t result);
/* Gives up what hv_arch_domain_build took, but for the memory. */
void hv_arch_domain_destroy (struct hv_domain *domain);
/* Loads `next` onto this processor: address space, mode. `previous` may be NULL. */
void hv_arch_switch (struct hv_vcpu *previous, struct hv_vcpu *next);
/* An address space in which no guest is mapped: while nothing runs. */
void hv_arch_switch_idle (struct hv_vcpu *previous);
/* Sleeps until an interrupt is pending, without the lock. */
void hv_arch_wait (void);
/* The lock that whoever runs core holds (arch/arm/lock.S). */
void hv_lock (void);
void hv_unlock (void);
/* Starts the other processors, which wait for the lock; -> how many there are now. */
uint32_t hv_arch_start_cpus (void);
/* First in each of them. */
void hv_arch_cpu_started (void);
/* After a bug: the other processors do nothing more. */
void hv_arch_stop_others (void);
/* Shows on the display why, and returns when a person has had time to read it. */
void hv_arch_show_panic (const char *reason);
/* Maps a picture (a physical address), keyboard and mouse into all address spaces of a domain, for
   its kernel (PV_HID_WINDOW); or nothing. No stale translation is left on return. */
void hv_arch_window_open (const struct hv_domain *domain, uint32_t picture);
void hv_arch_window_close (const struct hv_domain *domain);
/* Saved registers for a crash record. */
void hv_arch_crash_record (const struct hv_vcpu *vcpu, struct pv_crash *record);
/* The hypervisor's own mappings; then, once the board knows how many bytes there are, domain
 * memory. */
void hv_arch_init (void);
void hv_arch_memory_init (uint32_t bytes);

#endif

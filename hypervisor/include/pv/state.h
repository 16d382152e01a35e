/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving, restoring and moving domains: the commands of domctl (pv/control.h) that reach into a
 * domain's memory and registers, for the control domain only. As in Xen the guest takes part: it is
 * asked to suspend (PV_VIRQ_SUSPEND), lets go of its devices and calls
 * SCHEDOP_shutdown (SHUTDOWN_suspend). Where that call returns 0 the guest runs as another domain,
 * perhaps on another machine: its event channels are closed, its machine frames and the time are
 * others. Where it returns 1 nothing has changed.
 *
 * A domain is taken apart and put together by the control domain, and nothing that it says is
 * believed: page tables of a restored domain pass the same checks as a guest's own updates.
 */
#ifndef PV_STATE_H
#define PV_STATE_H

#include <stdint.h>

/* Commands of pv_domctl; in brackets the member of the union that they use. */
#define PV_DOMCTL_MEMORY_LIST 6   /* [memory_list] XEN_DOMCTL_getmemlist */
#define PV_DOMCTL_LOG_DIRTY   10  /* [log_dirty] XEN_DOMCTL_shadow_op */
#define PV_DOMCTL_SET_VCPU    12  /* [vcpu] XEN_DOMCTL_setvcpucontext */
#define PV_DOMCTL_GET_VCPU    13  /* [vcpu] XEN_DOMCTL_getvcpucontext */
#define PV_DOMCTL_UNSUSPEND   27  /* XEN_DOMCTL_resumedomain: goes on where it was suspended */
#define PV_DOMCTL_SUSPEND     220 /* raises PV_VIRQ_SUSPEND; -XEN_EOPNOTSUPP: it does not listen */
#define PV_DOMCTL_PAGES_READ  221 /* [pages] */
#define PV_DOMCTL_PAGES_WRITE 222 /* [pages] of a domain created with PV_CREATE_EMPTY */
#define PV_DOMCTL_PIN         223 /* [pin] as the domain's own mmuext_op would */
#define PV_DOMCTL_GET_LAYOUT  224 /* [layout] */
#define PV_DOMCTL_COMPLETE    225 /* [layout] a created domain is whole: it is paused from now on */

#define PV_DOMCTL_PAGE_RELEASE                                                                     \
  226 /* [pin] frame: takes a page from one that is being made, for it had none of that number */

/* u.create.flags */
#define PV_CREATE_EMPTY                                                                            \
  1u /* no kernel in it; only PV_DOMCTL_DESTROY and the commands above reach it */

/* The frames of a domain, in ascending order. */
struct pv_memory_list {
  uint32_t first; /* in: look from this frame on, 0: from the start; out: where to go on, 0: done */
  uint32_t count; /* in: room in the buffer; out: items stored; a call looks at some frames only */
  uint32_t buffer; /* virtual address of struct pv_memory_item[count] */
};
struct pv_memory_item {
  uint32_t frame;
  uint32_t page; /* its number in the domain */
};

/* Most pages of one call. */
#define PV_PAGES_MAX 8
#define PV_USES_MAX  256 /* without their contents */

struct pv_pages {
  uint32_t frames; /* virtual address of uint32_t[count]: machine frames; read: what each is used as
                      comes back in the upper bits (PV_PAGE_*) */
  uint32_t data;   /* virtual address of count pages; read: 0: only their use is wanted. Tables and
                      directories are read with page numbers for machine frames, and without what is
                      not the domain's */
  uint32_t count;
};
/* XEN_DOMCTL_PFINFO_* */
#define PV_PAGE_FRAME     0x0fffffffu
#define PV_PAGE_USE       0xf0000000u
#define PV_PAGE_TABLES    0x10000000u /* four second-level tables */
#define PV_PAGE_DIRECTORY 0x20000000u /* a quarter of a directory */
#define PV_PAGE_PINNED    0x80000000u /* with one of them */
#define PV_PAGE_ABSENT    0xf0000000u /* not the domain's */

struct pv_pin {
  uint32_t frame;
  uint32_t cmd; /* PV_MMUEXT_PIN_TABLES, PV_MMUEXT_PIN_DIRECTORY, MMUEXT_UNPIN_TABLE */
};

#define PV_GRANT_FRAMES 2 /* pages of a domain's grant table */
/* Frames that the hypervisor itself knows of a domain. */
struct pv_layout {
  uint32_t p2m; /* page number of the first of the pages of the p2m */
  uint32_t start_info;
  uint32_t shared_info;
  uint32_t device_page;
  uint32_t grant_table[PV_GRANT_FRAMES];
};

struct pv_vcpu_at {
  uint32_t vcpu;
  uint32_t context; /* virtual address of a struct pv_vcpu_context */
};

/* Registers of a vCPU that does not run. */
#define PV_VCPU_STARTED 1u /* it has registers */
#define PV_VCPU_UP      2u
struct pv_vcpu_context {
  uint32_t state; /* PV_VCPU_* */
  uint32_t pc;
  uint32_t cpsr; /* as in struct pv_frame, but for PV_CPSR_MASKED */
  uint32_t r[15];
  uint32_t kernel_sp;
  uint32_t handler[5]; /* by PV_TRAP_* */
  uint32_t directory;  /* machine frame */
  uint32_t tpidrurw, tpidruro;
  uint32_t fpu_trap; /* fpu_taskswitch */
  uint32_t fpscr;
  uint64_t d[32];
};

/* Pages that were written to, for a copy of a running domain; of one domain at a time. */
struct pv_log_dirty {
  uint32_t op;     /* PV_LOG_DIRTY_* */
  uint32_t first;  /* WATCH, OFF: in: where to go on, 0: the start; out: 0: done; else call again.
                      CLEAN: a page number, a multiple of 32 */
  uint32_t count;  /* CLEAN: words, at most PV_LOG_DIRTY_WORDS */
  uint32_t buffer; /* CLEAN: virtual address of uint32_t[count]: bit n of word m tells of page
                      first + m * 32 + n */
};
#define PV_LOG_DIRTY_WORDS  256
#define PV_LOG_DIRTY_OFF    0 /* XEN_DOMCTL_SHADOW_OP_OFF */
#define PV_LOG_DIRTY_ENABLE 2 /* XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY */
#define PV_LOG_DIRTY_CLEAN                                                                         \
  11 /* XEN_DOMCTL_SHADOW_OP_CLEAN: reads the marks and takes them away                            \
      */
#define PV_LOG_DIRTY_WATCH                                                                         \
  64 /* marks what was written to and watches it anew; before each CLEAN                           \
      */

#endif

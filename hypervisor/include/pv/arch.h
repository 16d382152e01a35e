/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ARM part of the guest interface ("arch-arm-pv").
 *
 * A guest's kernel and its user processes both run in the processor's USR mode. The hypervisor
 * keeps them apart with MMU domains: pages of the guest kernel belong to MMU domain 1, pages of
 * user processes to MMU domain 2, and domain 1 is switched off while a user process runs.
 *
 * Hypercall: number in r12, arguments in r0..r5, `svc #0` from the guest kernel. The result comes
 * back in r0 (r0:r1 for 64 bits); a negative value is -XEN_Exxx. All other registers are kept.
 * `svc` from a user process is a system call of the guest and goes to its own kernel.
 */
#ifndef PV_ARCH_H
#define PV_ARCH_H

#ifndef __ASSEMBLY__
#include <stddef.h>
#include <stdint.h>
#endif
/* The byte after evtchn_upcall_pending is the mask of event delivery: this interface has one. */
#define XEN_HAVE_PV_UPCALL_MASK 1
/* The newest forms of Xen's structures, which <xen/xen-compat.h> knows by this number. */
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>

/* Address space: everything from here up belongs to the hypervisor, in every page table. */
#define PV_HYPERVISOR_START 0xe0000000
/* Where the domain builder puts a kernel image and the domain's first memory. */
#define PV_KERNEL_START 0xc0000000

/* Version of what stands in pv/; the major half changes when something breaks. */
#define PV_ABI_VERSION 0x00010000

/* Hypercalls of ours; those of Xen keep Xen's numbers (__HYPERVISOR_* of <xen/xen.h>). */
#define PV_HYPERVISOR_channel_op 48 /* __HYPERVISOR_arch_0: pv/channel.h */
#define PV_HYPERVISOR_time_op    49 /* __HYPERVISOR_arch_1: nanoseconds since boot in r0:r1 */
#define PV_HYPERVISOR_debug_op   50 /* __HYPERVISOR_arch_2: power the machine off (control domain) \
                                     */
#define PV_HYPERVISOR_io_op      51 /* __HYPERVISOR_arch_3: pv/io.h */
#define PV_HYPERVISOR_hid_op     52 /* __HYPERVISOR_arch_4: pv/hid.h */

/*
 * Upcalls. The hypervisor enters the guest kernel at a registered address with event delivery
 * masked and with sp pointing at a struct pv_frame: on the stack set with stack_switch() when a
 * user process was interrupted, on the current stack when the kernel itself was. r0..r11 keep the
 * values they had. iret() with sp at a frame goes back.
 *
 * Byte offsets of struct pv_frame, for assembly.
 */
#define PV_FRAME_PC   0
#define PV_FRAME_CPSR 4
#define PV_FRAME_R12  8
#define PV_FRAME_SP   12
#define PV_FRAME_LR   16
#define PV_FRAME_INFO 20
#define PV_FRAME_SIZE 24

/* pv_frame.cpsr: condition flags and Thumb state as in the processor, and: */
#define PV_CPSR_USER   0x10 /* mode field: a user process (domain 1 is off) */
#define PV_CPSR_KERNEL 0x1f /* mode field: the guest kernel */
#define PV_CPSR_MODE   0x1f
#define PV_CPSR_MASKED 0x80 /* event delivery was masked (kernel mode only) */

/* Index of each upcall in struct pv_trap_table. */
#define PV_TRAP_SYSCALL        0
#define PV_TRAP_UNDEFINED      1
#define PV_TRAP_PREFETCH_ABORT 2
#define PV_TRAP_DATA_ABORT     3
#define PV_TRAP_EVENT          4
#define PV_TRAPS               5

/* pv_frame.info of an undefined instruction that came while fpu_taskswitch() was set. The unit is on
   again: an instruction that is not for it is undefined once more when it is repeated. */
#define PV_UNDEFINED_FPU 1

/* First argument of set_segment_base(): the thread register that user mode may only read. */
#define PV_SEGBASE_THREAD 0

/*
 * Page-table entries (ARM short descriptors). A directory has 4096 entries (16 KiB, aligned), each
 * invalid or a pointer to a table of 256 entries (1 KiB; four tables share a page frame). Sections,
 * large pages and device memory are not for guests. An entry that is not exactly of one of the
 * forms below is refused with -XEN_EINVAL.
 */
#define PV_L1_TABLE       0x001
#define PV_L1_TYPE        0x003
#define PV_L1_DOMAIN(d)   ((d) << 5)
#define PV_L1_KERNEL      (PV_L1_TABLE | PV_L1_DOMAIN (1)) /* | address of the table */
#define PV_L1_USER        (PV_L1_TABLE | PV_L1_DOMAIN (2))
#define PV_L1_ADDRESS     0xfffffc00
#define PV_L2_PAGE        0x002
#define PV_L2_XN          0x001
#define PV_L2_MEMORY      0xc4c /* normal, write-back write-allocate, shareable, not global */
#define PV_L2_WRITABLE    0x030 /* AP = 011 */
#define PV_L2_READONLY    0x230 /* AP = 111 */
#define PV_L2_RW          (PV_L2_PAGE | PV_L2_MEMORY | PV_L2_WRITABLE) /* | address of the frame */
#define PV_L2_RO          (PV_L2_PAGE | PV_L2_MEMORY | PV_L2_READONLY)
#define PV_L2_ADDRESS     0xfffff000
#define PV_PAGE_SHIFT     12
#define PV_PAGE_SIZE      4096
#define PV_DIRECTORY_SIZE 16384
#define PV_TABLE_SIZE     1024

/*
 * MMUEXT_PIN_*: Xen counts levels from the leaf, ARM from the root. A directory (16 KiB) is pinned
 * by the number of its first frame, which must be a multiple of four.
 */
#define PV_MMUEXT_PIN_TABLES    0 /* MMUEXT_PIN_L1_TABLE: a frame of four tables */
#define PV_MMUEXT_PIN_DIRECTORY 1 /* MMUEXT_PIN_L2_TABLE */

/* VIRQ_ARCH_0: the channel has bytes to read, room to write, or was connected or disconnected. */
#define PV_VIRQ_CHANNEL 16
/* VIRQ_ARCH_1: this domain is asked to shut down. */
#define PV_VIRQ_SHUTDOWN 17
/* VIRQ_ARCH_2: this domain is asked to suspend (pv/state.h). */
#define PV_VIRQ_SUSPEND 18
/* VIRQ_ARCH_3: a device of the machine has completed something (pv/io.h). */
#define PV_VIRQ_IO 19
/* VIRQ_ARCH_4: display and input: the focus came or went, or there is input (pv/hid.h). */
#define PV_VIRQ_HID 20
/* VIRQ_ARCH_5: this domain may have another number of pages: PV_SHARED_MEMORY_TARGET. */
#define PV_VIRQ_MEMORY 21
/* VIRQ_ARCH_6: half the time of this domain's watchdog is over: feed it (SCHEDOP_watchdog). */
#define PV_VIRQ_WATCHDOG 22

#define PV_COMMAND_LINE_MAX 128 /* bytes, the ending zero included */

/* Kernel images: an image is a flat binary for PV_KERNEL_START that opens with this header. */
#define PV_IMAGE_MAGIC       0x314b5650 /* "PVK1", at offset 4; offset 0 branches to the entry */
#define PV_IMAGE_HEADER_SIZE 32

#ifndef __ASSEMBLY__
_Static_assert(offsetof (struct vcpu_info, evtchn_upcall_mask) == 1,
               "include <pv/arch.h> before any header of Xen");

struct pv_image_header {
  uint32_t branch;     /* an instruction that jumps to the entry */
  uint32_t magic;      /* PV_IMAGE_MAGIC */
  uint32_t abi;        /* PV_ABI_VERSION the image was built for */
  uint32_t start;      /* PV_KERNEL_START */
  uint32_t file_end;   /* virtual address where the stored bytes end */
  uint32_t memory_end; /* where .bss ends; the builder clears what lies between */
  uint32_t entry;      /* first instruction */
  uint32_t min_kib;    /* least memory the kernel can run in */
};

struct pv_frame {
  uint32_t pc, cpsr, r12, sp, lr;
  uint32_t info; /* aborts: the fault status register; undefined: PV_UNDEFINED_FPU or 0 */
};

/* Argument of set_trap_table(): addresses in the guest kernel, indexed by PV_TRAP_*. An upcall
   without a handler ends the domain with PV_CRASH_NO_HANDLER. */
struct pv_trap_table {
  uint32_t handler[PV_TRAPS];
};

/*
 * What a new kernel finds: r0 points at this page (read-only), sp at the end of a stack of one
 * page, event delivery is masked. Kernel memory is mapped linearly from PV_KERNEL_START: the page
 * with number n of the domain at PV_KERNEL_START + n * 4096, writable except for the pages of page
 * tables, for this page and for p2m. Pages past `first_free` are the guest's to use.
 */
struct pv_start_info {
  char magic[16]; /* "domicile-pv-1" */
  uint32_t abi;   /* PV_ABI_VERSION */
  uint32_t domid;
  uint32_t flags;        /* PV_START_* */
  uint32_t pages;        /* pages of memory of this domain */
  uint32_t first_free;   /* number of the first page that nothing is in yet */
  uint32_t p2m;          /* virtual address of uint32_t[max_pages]: page number -> machine frame */
  uint32_t directory;    /* virtual address of the first directory (read-only) */
  uint32_t shared_info;  /* virtual address of Xen's struct shared_info */
  uint32_t console_port; /* PV_PORT_CONSOLE, bound to VIRQ_CONSOLE: input for this domain */
  uint32_t vcpus;        /* virtual processors of this domain; all but the first are down */
  char image[32];        /* name of the image in the image table */
  char command_line[PV_COMMAND_LINE_MAX];
  uint32_t grant_table;  /* virtual address of struct grant_entry_v1[grant_frames * 512] */
  uint32_t grant_frames; /* pages of it */
  uint32_t device_page;  /* virtual address of struct pv_device_page (pv/device.h) */
  uint32_t device_port;  /* PV_PORT_DEVICE, unbound: for the control domain */
  uint32_t max_pages;    /* entries of the p2m: pages that this domain may ever have */
};
#define PV_FRAME_NONE    0xffffffffu /* in the p2m: there is no page of this number now */
#define PV_PORT_CONSOLE  1
#define PV_PORT_DEVICE   2
#define PV_START_CONTROL 1u /* this is the control domain */
#define PV_START_AGAIN   2u /* and it is not the first: the one before has ended */

/* shared_info.vcpu_info[n].arch cannot hold it on ARM: the fault address of the last abort upcall
   stands behind struct shared_info, at this offset of the shared page, one word a vCPU. */
#define PV_SHARED_FAULT_ADDRESS 0x800
/* Pages that the domain may have now, one word: it gives back what is more (memory_op), and may take
   what is less. */
#define PV_SHARED_MEMORY_TARGET 0x840
/* struct shared_info has room for one struct vcpu_info: those of the other vCPUs stand here. */
#define PV_SHARED_VCPU_INFO(n) ((n) == 0 ? 0 : 0x900 + (n) * 64)

/*
 * Argument of VCPUOP_initialise: what a vCPU starts with, in the mode of the guest kernel with event
 * delivery masked. Its trap table is that of the caller, until it sets its own; the stack for traps from
 * user processes ends at sp.
 */
struct pv_vcpu_start {
  uint32_t pc, sp;
  uint32_t r0;
  uint32_t directory; /* machine frame number of its first directory; 0: the caller's */
};
#endif

#endif

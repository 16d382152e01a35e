/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domain control and host information: for the control domain only; every other caller gets
 * -XEN_EPERM. Commands have Xen's numbers (XEN_DOMCTL_*, XEN_SYSCTL_*); the structures are ours,
 * because Xen's are bound to one release of its own tools.
 *
 *   long domctl (struct pv_domctl *);   hypercall __HYPERVISOR_domctl (36)
 *   long sysctl (struct pv_sysctl *);   hypercall __HYPERVISOR_sysctl (35)
 *
 * The structure is copied in, checked, acted on and copied out.
 */
#ifndef PV_CONTROL_H
#define PV_CONTROL_H

#include <stdint.h>
#include <pv/arch.h>
#include <pv/guard.h>
#include <pv/state.h>

#define PV_NAME_MAX    32 /* bytes, the ending zero included */
#define PV_VCPUS_MAX   4
#define PV_DOMAINS_MAX 33 /* the control domain and 32 more */

#define PV_MEMORY_KIB_MAX 1048576 /* of all domains together */

#define PV_WEIGHT_MIN     1
#define PV_WEIGHT_DEFAULT 256
#define PV_WEIGHT_MAX     65535

/* Commands of pv_domctl; in brackets the member of the union that they use. Those that save and
   restore a domain stand in pv/state.h. */
#define PV_DOMCTL_CREATE        1 /* [create] -> domain; the new domain is paused */
#define PV_DOMCTL_DESTROY       2 /* all its memory is free when the call returns */
#define PV_DOMCTL_PAUSE         3
#define PV_DOMCTL_UNPAUSE       4
#define PV_DOMCTL_MAX_MEM       11 /* [max_mem] how much memory it may have for now: PV_VIRQ_MEMORY */
#define PV_DOMCTL_REBUILD       203 /* builds it anew from its image, with its settings; it is paused */
#define PV_DOMCTL_GET_INFO      5   /* [info] the first domain with an id >= domain */
#define PV_DOMCTL_SET_AFFINITY  9   /* [affinity] processors of one vCPU; XEN_DOMCTL_setvcpuaffinity */
#define PV_DOMCTL_SCHEDULER     16  /* [scheduler] */
#define PV_DOMCTL_SET_HANDLE    17  /* [handle] */
#define PV_DOMCTL_SHUTDOWN      200 /* ask the guest to end by itself: raises PV_VIRQ_SHUTDOWN */
#define PV_DOMCTL_CONSOLE_READ  201 /* [console] history of its console */
#define PV_DOMCTL_CONSOLE_WRITE 202 /* [console] type on its console */
#define PV_DOMCTL_MAY_CONNECT   213 /* [connect]; -XEN_EPERM: the policy keeps the two apart */
#define PV_DOMCTL_FLOW          212 /* [flow]; -XEN_ENOENT past the last peer */
#define PV_DOMCTL_GET_DEVICES   210 /* [devices]; -XEN_ENOENT: they were never set */
#define PV_DOMCTL_GET_GUARD     214 /* [guard] budgets, and what was spent of them */
#define PV_DOMCTL_SET_GUARD     215 /* [guard] sets budgets, until another policy takes over */
#define PV_DOMCTL_SET_DEVICES   211 /* [devices] kept for the control domain, and not looked at */

/* Run state of a domain or a vCPU. */
enum pv_state {
  PV_STATE_RUNNING = 0, /* on a processor or ready to be */
  PV_STATE_BLOCKED = 1, /* waits for an event */
  PV_STATE_PAUSED = 2,
  PV_STATE_SHUTDOWN = 3, /* ended by itself (shutdown_reason: Xen's SHUTDOWN_*) */
  PV_STATE_CRASHED = 4,  /* ended by a fault (crash) */
  PV_STATE_SAVED = 5,    /* suspended: its memory stands still until it is resumed or destroyed */
  PV_STATE_DOWN = 6,     /* of a vCPU: the guest has not started it, or has taken it down */
};

/* Why the hypervisor ended a domain. */
enum pv_crash_reason {
  PV_CRASH_NONE = 0,
  PV_CRASH_GUEST = 1,      /* the guest's kernel said so (SHUTDOWN_crash) */
  PV_CRASH_NO_HANDLER = 2, /* a trap for which it registered no handler */
  PV_CRASH_BAD_STACK = 3,  /* a trap frame could not be stored on its kernel stack */
  PV_CRASH_BAD_FRAME = 4,  /* iret with a frame that cannot be loaded */
  PV_CRASH_WATCHDOG = 5,
};

#define PV_CRASH_FRAMES 16
/* In an address of the trace: lr says so, which is right only if it is in another function than the
 * one before. */
#define PV_CRASH_PERHAPS 1u

/* The guest's kernel is followed by its frame pointers (r11), where it has them. */
struct pv_crash {
  uint32_t reason;                      /* enum pv_crash_reason */
  uint32_t trap;                        /* PV_TRAP_* under way, or 0xffffffff */
  uint32_t pc, lr, sp, cpsr;            /* the mode in cpsr: PV_CPSR_USER or PV_CPSR_KERNEL */
  uint32_t fault_address, fault_status; /* of the last abort */
  uint32_t r[13];
  uint32_t vcpu;
  uint32_t frames;                 /* how many of: */
  uint32_t trace[PV_CRASH_FRAMES]; /* pc, then the call that led there, and so on outwards */
};

#define PV_DEVICES_MAX 8 /* slots of a domain */

/* What is behind one slot of a domain's device page (pv/device.h). */
struct pv_device_config {
  uint8_t type; /* enum pv_device_type */
  uint8_t readonly;
  uint8_t mac[6];
  char name[24]; /* of the disk or bridge */
};

struct pv_vcpu_info {
  uint32_t state; /* enum pv_state */
  uint32_t pcpu;  /* processor it runs on or ran on last */
  uint32_t affinity; /* those that it may run on, one bit each */
  uint32_t pad;
  uint64_t cpu_time_ns;
};

struct pv_domain_info {
  uint32_t state;   /* enum pv_state */
  uint32_t control; /* 1: the control domain */
  char name[PV_NAME_MAX];
  uint8_t handle[16]; /* all zero until PV_DOMCTL_SET_HANDLE */
  char image[PV_NAME_MAX];
  char label[PV_NAME_MAX]; /* the type of its label in the policy */
  uint8_t image_sha256[32];
  uint32_t image_verified;
  uint32_t memory_kib;        /* that it has */
  uint32_t target_memory_kib; /* that it may have for now */
  uint32_t max_memory_kib;    /* that it may ever have */
  uint32_t weight;
  uint32_t cap_percent; /* of one processor, all vCPUs together; 0: none */
  uint32_t budget_us, period_us; /* of each vCPU; period 0: not of the real-time class */
  uint32_t watchdog_seconds, watchdog_restart; /* PV_SCHED_SET_WATCHDOG */
  uint32_t vcpus;
  struct pv_vcpu_info vcpu[PV_VCPUS_MAX];
  uint64_t cpu_time_ns; /* sum over the vCPUs */
  uint64_t created_us;  /* uptime when it was created */
  uint32_t event_channels_used, event_channels_max;
  uint32_t grants_used, grants_max;
  uint64_t faults; /* traps and refused operations that this guest caused and that were contained */
  uint64_t hypercalls;
  uint64_t events_sent;
  uint64_t console_bytes;   /* written to its console since it was created */
  uint32_t shutdown_reason; /* Xen's SHUTDOWN_* */
  uint32_t flags;           /* PV_DOMAIN_* */
  struct pv_crash crash;
};

#define PV_DOMAIN_FOCUS   1u /* has display and input */
#define PV_DOMAIN_DISPLAY 2u /* has a picture, to be read by PV_HID_READ */

struct pv_domctl {
  uint32_t cmd;
  uint32_t domain;
  union {
    struct {
      char name[PV_NAME_MAX];
      char image[PV_NAME_MAX]; /* name of an image in flash */
      char label[PV_NAME_MAX]; /* the type of a label in the policy; empty: what the image asks for
                                */
      uint32_t memory_kib;     /* 0: what the image asks for; rounded up to 16 KiB */
      uint32_t vcpus;          /* 1 to PV_VCPUS_MAX */
      uint32_t weight;         /* 0: PV_WEIGHT_DEFAULT */
      uint32_t cap_percent;
      uint32_t flags;     /* PV_CREATE_* */
      uint32_t low_pages; /* with PV_CREATE_EMPTY: pages that the hypervisor itself may use */
      uint8_t handle[16];
      char command_line[PV_COMMAND_LINE_MAX];
      uint32_t max_memory_kib; /* most that it may ever have; 0: memory_kib */
    } create;
    struct pv_domain_info info;
    struct {
      uint32_t set; /* PV_SCHED_SET_*; what is not set is only reported */
      uint32_t weight;
      uint32_t cap_percent; /* of one processor, at most 100 for each vCPU; 0: none */
      uint32_t budget_us;   /* real-time class: time of each vCPU ... */
      uint32_t period_us;   /* ... in every period of 1 ms to 1 s; 0: back to the shares */
      uint32_t watchdog_seconds; /* its kernel has to feed the watchdog so often; 0: no watchdog */
      uint32_t watchdog_restart; /* 1: kept for the control domain, which builds it anew then */
    } scheduler;
    struct {
      uint32_t vcpu;
      uint32_t processors; /* one bit each */
    } affinity;
    struct {
      uint8_t handle[16];
    } handle;
    struct pv_device_config devices[PV_DEVICES_MAX];
    struct {
      uint32_t peer; /* whether frames may go from domain to it */
    } connect;
    struct {
      uint32_t peer;   /* in: the least id of interest; out: the next with which there is traffic */
      uint32_t events; /* from domain to peer, over the channels that are open */
      uint32_t grants; /* uses of domain's pages by peer: maps and copies */
    } flow;
    struct {
      uint32_t kib; /* rounded down to pages; at most what it was created with as maximum */
    } max_mem;
    struct {
      uint32_t buffer; /* virtual address in the caller */
      uint32_t length; /* in: its size (at most 16384); out: bytes read or accepted */
      uint64_t since;  /* read: in: the first byte wanted, counted since creation;
                          out: number of the first byte returned (older ones may be gone) */
      uint64_t next;   /* read: out: pass this as since next time */
    } console;
    struct pv_memory_list memory_list;
    struct pv_pages pages;
    struct pv_pin pin;
    struct pv_layout layout;
    struct pv_vcpu_at vcpu;
    struct pv_log_dirty log_dirty;
    struct pv_guard guard;
  } u;
};
#define PV_SCHED_SET_WEIGHT 1u
#define PV_SCHED_SET_CAP    2u
/* -XEN_ENOSPC: the budgets of no processor leave room for it (90 of 100). */
#define PV_SCHED_SET_REALTIME 4u
/* -XEN_EINVAL: more than a day. */
#define PV_SCHED_SET_WATCHDOG 8u

/*
 * Errors of PV_DOMCTL_CREATE: -XEN_ENOENT no such image, -XEN_EBADMSG its checksum does not match,
 * -XEN_ENOEXEC it is not a kernel, -XEN_E2BIG memory_kib is less than it needs, -XEN_ENOMEM more
 * than is free, -XEN_ENOBUFS more than the budget of its label, -XEN_EEXIST the name is taken, -XEN_ESRCH no such label, -XEN_ENOSPC no domain
 * slot, -XEN_EINVAL name or numbers. All other commands: -XEN_ESRCH no such domain, -XEN_EPERM on
 * the control domain itself, -XEN_EBUSY not in this state.
 */

/* Commands of pv_sysctl. */
#define PV_SYSCTL_PHYSINFO   3   /* [physinfo] */
#define PV_SYSCTL_CPUINFO    8   /* [cpuinfo] of processor `index` */
#define PV_SYSCTL_IMAGE      200 /* [image] number `index` of the table; -XEN_ENOENT past the last */
#define PV_SYSCTL_LOG_READ   201 /* [log] the hypervisor's own log */
#define PV_SYSCTL_AUDIT_READ 202 /* [audit] refused operations, oldest first */
#define PV_SYSCTL_BOOT       204 /* [boot] what the ROM has verified */
#define PV_SYSCTL_ATTEST     205 /* [attest] the key with which to vouch for it */
#define PV_SYSCTL_GUARD      206 /* [guard] tightens the budgets of all guests */
#define PV_SYSCTL_SYMBOLS    203 /* [symbols] bytes of the symbol table of image `index` */

struct pv_image_info {
  char name[PV_NAME_MAX];
  char version[16];
  uint8_t sha256[32];
  uint32_t size;       /* bytes stored */
  uint32_t min_kib;    /* memory it needs at least */
  uint32_t memory_kib; /* memory it gets when nothing is said */
  uint32_t flags;      /* PV_IMAGE_* */
};
#define PV_IMAGE_CONTROL   1u /* started as the control domain */
#define PV_IMAGE_AUTOSTART 2u /* started at boot */
#define PV_IMAGE_LOG       4u /* its console is copied to the machine's log */
#define PV_IMAGE_SYSTEM    8u /* no kernel: the hypervisor or the policy, started by the ROM */
#define PV_IMAGE_VERIFIED  16u /* all its bytes have been checked since the machine started */

/*
 * The symbol table of an image: a count, so many struct pv_symbol sorted by address, and the names,
 * each ended by a zero. It comes from the flash as it is there: whoever reads it checks what it
 * says.
 */
struct pv_symbol {
  uint32_t address;
  uint32_t name; /* offset from the start of the table */
};

struct pv_audit_record {
  uint64_t seq, time_us;
  uint32_t subject;   /* domain id */
  uint32_t object;    /* domain id, or PV_AUDIT_MACHINE */
  uint32_t operation; /* hypercall number */
  uint32_t command;   /* its command, where it has one */
  int32_t result;     /* the negative error it was refused with; 0: a policy that only watches */
  uint32_t detail;    /* an address or argument that explains it */
  uint8_t cls, permission;   /* which permission that is: core/policy/classes.h */
  uint8_t by_policy, pad[5]; /* 1: the policy refused it, 0: it cannot be, whoever asks */
  char subject_label[PV_NAME_MAX], object_label[PV_NAME_MAX]; /* types of their labels */
};
#define PV_AUDIT_MACHINE 0xffffffffu

/* What decides about access. */
#define PV_POLICY_BUILT_IN   0 /* no policy in flash: each domain governs itself, control all */
#define PV_POLICY_ENFORCING  1
#define PV_POLICY_PERMISSIVE 2 /* what the policy denies is recorded, and happens all the same */

struct pv_sysctl {
  uint32_t cmd;
  uint32_t index;
  union {
    struct {
      char machine[32];
      char hypervisor[32];
      char version[16];
      uint32_t abi;
      uint32_t cpus;
      uint32_t memory_kib, free_kib; /* for domains */
      uint64_t uptime_us;
      uint32_t domains, images;
      uint32_t text_bytes, data_bytes; /* of the hypervisor */
      uint32_t policy;                 /* PV_POLICY_* */
    } physinfo;
    struct {
      uint64_t idle_ns;
      uint64_t switches; /* domain switches */
      uint64_t interrupts;
    } cpuinfo;
    struct pv_image_info image;
    struct {
      uint32_t buffer, length;
      uint64_t since, next;
    } log;
    struct {
      uint32_t buffer, length; /* length: in: room; out: stored, 0 at and past the end */
      uint32_t offset;         /* of the first byte wanted */
      uint32_t size;           /* out: bytes of the whole table, 0: the image has none */
    } symbols;
    struct {
      uint32_t buffer, length; /* length: in: room; out: bytes of the manifest stored, its signature
                                  of 64 bytes behind it */
      uint32_t offset;         /* of the first byte wanted */
      uint32_t size;           /* out: bytes of the manifest and its signature */
      uint32_t version;        /* the lowest that the device accepts is the same */
      uint32_t developer;      /* 1: with keys that a build has made for itself */
      char serial[32];         /* of the device */
      char maker[32];
      uint8_t device[16];
      uint8_t sha256[32]; /* of the manifest, without its signature */
    } boot;
    struct {
      uint8_t key[32]; /* private, P-256, big endian; its public half stands in the manifest */
    } attest;
    struct {
      uint32_t scale; /* percent of them that hold from now on: 1 to 100 */
    } guard;
    struct {
      uint32_t buffer;  /* virtual address of struct pv_audit_record[] */
      uint32_t records; /* in: room; out: stored */
      uint64_t since;   /* first seq wanted */
      uint64_t next;    /* out: seq of the record that will come next */
    } audit;
  } u;
};

#endif

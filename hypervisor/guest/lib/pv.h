/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library that every guest kernel links. A guest supplies pv_main(); everything else is here.
 */
#ifndef PV_LIB_PV_H
#define PV_LIB_PV_H

#include <stdarg.h>
#include <stdbool.h>
#include "hypercall.h"

/* The guest's own entry, on a stack of its own with event delivery masked. Must not return. */
void pv_main (const struct pv_start_info *info) __attribute__ ((noreturn));

extern const struct pv_start_info *pv_start;
extern struct shared_info *pv_shared;

/* All that an upcall interrupted. */
struct pv_context {
  uint32_t r[12];
  struct pv_frame frame;
};

static inline bool
pv_from_user (const struct pv_context *context)
{
  return (context->frame.cpsr & PV_CPSR_MODE) == PV_CPSR_USER;
}

/*
 * Traps. A kernel replaces these; the ones of the library end the domain with a message. What they
 * change in the context holds when they return: the result of a system call is r[0].
 */
void pv_on_syscall (struct pv_context *context);
void pv_on_undefined (struct pv_context *context);
void pv_on_prefetch_abort (struct pv_context *context);
void pv_on_data_abort (struct pv_context *context);
/* An event upcall; the library runs the handlers. */
void pv_on_event (struct pv_context *context);
/* For pv_on_data_abort(): an access to display or input that has left (hid.h). true: the context is set
   to go on, and that is all. */
bool pv_window_fault (struct pv_context *context);
/* Address of the last abort. */
uint32_t pv_fault_address (void);

/*
 * Events. Handlers run only inside pv_event_wait() while delivery stays masked otherwise (the state
 * in which pv_main() starts), so that a kernel that never unmasks needs no locking.
 */
typedef void (*pv_event_handler) (uint32_t port, void *data);

/* Binds a virtual interrupt; -> port, or a negative error. */
long pv_event_bind_virq (uint32_t virq, pv_event_handler handler, void *data);
/* Sets the handler of a port that exists already. */
void pv_event_set_handler (uint32_t port, pv_event_handler handler, void *data);
long pv_event_send (uint32_t port);
/* Runs the handlers of all pending events; blocks until there is one. `deadline_ns` (since boot; 0:
   none) ends the wait as well, through VIRQ_TIMER. */
void pv_event_wait (uint64_t deadline_ns);
/* Runs the handlers of what is pending now; never blocks. For event upcalls (pv_on_event). */
void pv_event_dispatch (void);

/* Binds anew what the hypervisor has forgotten: after a suspension that ended as another domain. */
void pv_event_rebind (void);

/* ---- virtual processors. The kernel starts on vCPU 0; the others run what they are given. ---- */

#define PV_VCPU_STACK 8192
extern char pv_vcpu_stacks[PV_VCPUS_MAX - 1][PV_VCPU_STACK];

/* Starts a vCPU in `entry`, on a stack of its own with event delivery masked; 0, or a negative error. */
long pv_vcpu_start (uint32_t vcpu, void (*entry) (void *data), void *data);
/* The vCPU that asks; its stack tells. */
static inline uint32_t
pv_vcpu_id (void)
{
  uint32_t at = (uint32_t)__builtin_frame_address (0) - (uint32_t)pv_vcpu_stacks;
  return at < sizeof pv_vcpu_stacks ? at / PV_VCPU_STACK + 1 : 0;
}
static inline struct vcpu_info *
pv_vcpu_info (void)
{
  return (struct vcpu_info *)(void *)((char *)pv_shared + PV_SHARED_VCPU_INFO (pv_vcpu_id ()));
}
/* A port that signals `vcpu`, by pv_event_send() of any; its handler runs there. Like every binding: by one
   vCPU at a time. */
long pv_event_bind_ipi (uint32_t vcpu, pv_event_handler handler, void *data);

/* A lock between vCPUs. Who waits gives its processor to others: the holder may be among them. */
struct pv_lock {
  uint32_t held;
};
void pv_lock (struct pv_lock *lock);
void pv_unlock (struct pv_lock *lock);

static inline void
pv_event_mask (void)
{
  *(volatile uint8_t *)&pv_vcpu_info ()->evtchn_upcall_mask = 1;
}

/*
 * Suspension (pv/state.h). A kernel that calls pv_suspend_init() can be saved, restored and moved: on
 * request the library calls `suspend` of each user, last added first, stands still, and then calls
 * `resume` of each, first added first; `moved` says that the domain is another one now, in which machine
 * frames differ and all event channels are closed but for those of virtual interrupts bound with
 * pv_event_bind_virq() and of pv_event_bind_ipi(), which the library binds again to the same ports. The other
 * vCPUs are taken down first, wherever they are, and up again after the last `resume`: where they hold a lock
 * no user may take it, and where they work with machine frames the kernel has to stop them itself before.
 */
struct pv_suspend_user {
  void (*suspend) (void *data);
  void (*resume) (void *data, bool moved);
  void *data;
  struct pv_suspend_user *next, *previous;
};
void pv_suspend_init (void);
void pv_suspend_add (struct pv_suspend_user *user);

/* Feeds the watchdog that the domain may be given (PV_VIRQ_WATCHDOG), as long as events are handled. */
void pv_watchdog_init (void);

/* Console: the ring of this domain. Formats: %s %c %d %u %x %lld %llu %llx %%, width and zero
 * padding. */
void pv_console_write (const char *text, size_t length);
int pv_printf (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
int pv_vsnprintf (char *buffer, size_t size, const char *format, va_list args);
int pv_snprintf (char *buffer, size_t size, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
/* Reads what was typed; -> bytes, 0: nothing there. */
long pv_console_read (char *buffer, size_t size);

/* Says why on the console and ends the domain as crashed. */
void pv_panic (const char *format, ...) __attribute__ ((format (printf, 1, 2), noreturn));
/* Ends the domain: SHUTDOWN_poweroff, SHUTDOWN_crash, ... */
void pv_shutdown (uint32_t reason) __attribute__ ((noreturn));

/* The C library's functions that the compiler calls or that everybody wants. */
void *memcpy (void *to, const void *from, size_t length);
void *memmove (void *to, const void *from, size_t length);
void *memset (void *to, int byte, size_t length);
int memcmp (const void *a, const void *b, size_t length);
size_t strlen (const char *text);
int strcmp (const char *a, const char *b);
int strncmp (const char *a, const char *b, size_t length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's virtual processors, and locks between them. */
#include "pv.h"

char pv_vcpu_stacks[PV_VCPUS_MAX - 1][PV_VCPU_STACK] __attribute__ ((aligned (8)));

static struct {
  void (*entry) (void *data);
  void *data;
} starts[PV_VCPUS_MAX];

static void __attribute__ ((noreturn)) begin (uint32_t vcpu)
{
  starts[vcpu].entry (starts[vcpu].data);
  for (;;) /* nobody is there to return to */
    pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_down, vcpu);
}

long
pv_vcpu_start (uint32_t vcpu, void (*entry) (void *data), void *data)
{
  if (vcpu == 0 || vcpu >= PV_VCPUS_MAX)
    return -XEN_EINVAL;
  struct pv_vcpu_start start
      = { .pc = (uint32_t)begin, .sp = (uint32_t)pv_vcpu_stacks[vcpu - 1] + PV_VCPU_STACK,
            .r0 = vcpu };
  starts[vcpu].entry = entry;
  starts[vcpu].data = data;
  long error = pv_hypercall3 (__HYPERVISOR_vcpu_op, VCPUOP_initialise, vcpu, (uint32_t)&start);
  return error < 0 ? error : pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_up, vcpu);
}

void
pv_lock (struct pv_lock *lock)
{
  while (__atomic_exchange_n (&lock->held, 1, __ATOMIC_ACQUIRE) != 0)
    pv_sched_op (SCHEDOP_yield, NULL);
}

void
pv_unlock (struct pv_lock *lock)
{
  __atomic_store_n (&lock->held, 0, __ATOMIC_RELEASE);
}

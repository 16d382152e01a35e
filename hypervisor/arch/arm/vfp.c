/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/arm/vfp.h"

#include <xen/errno.h>
#include "arch/arm/cp15.h"
#include "core/domain.h"
#include "core/hypercall.h"

#define FPEXC_ENABLE   0x40000000u
#define CPACR_CP10_11  0x00f00000u /* full access */
#define CPACR_ADVANCED 0xc0000000u /* ASEDIS, D32DIS */

void hv_vfp_store (struct hv_vfp *to);
void hv_vfp_load (const struct hv_vfp *from);

/* Whose registers each processor's unit held last. They may be older than those in memory. */
static const struct hv_arch_vcpu *loaded[HV_CPUS];

static inline void
write_fpexc (uint32_t value)
{
  asm volatile(".fpu neon\n\tvmsr fpexc, %0" : : "r"(value) : "memory");
}

bool
hv_vfp_is_on (void)
{
  uint32_t value;
  asm volatile(".fpu neon\n\tvmrs %0, fpexc" : "=r"(value));
  return (value & FPEXC_ENABLE) != 0;
}

void
hv_vfp_init (void)
{
  hv_write_cpacr ((hv_read_cpacr () | CPACR_CP10_11) & ~CPACR_ADVANCED);
  hv_isb ();
  write_fpexc (0);
}

void
hv_vfp_enter (struct hv_arch_vcpu *vcpu)
{
  struct hv_cpu *cpu = vcpu->cpu;
  write_fpexc (FPEXC_ENABLE);
  if (vcpu->vfp_live)
    return;
  if (loaded[cpu->id] != vcpu || vcpu->vfp_cpu != cpu)
    hv_vfp_load (&vcpu->vfp);
  loaded[cpu->id] = vcpu;
  vcpu->vfp_cpu = cpu;
  vcpu->vfp_live = true;
}

void
hv_vfp_leave (struct hv_arch_vcpu *vcpu)
{
  write_fpexc (FPEXC_ENABLE); /* the guest may have switched it off for its processes */
  hv_vfp_store (&vcpu->vfp);
  write_fpexc (0);
  vcpu->vfp_live = false;
}

long
hv_arch_fpu_taskswitch (struct hv_vcpu *vcpu, const uint32_t *args)
{
  vcpu->arch.vfp_trap = args[0] != 0;
  if (vcpu->arch.vfp_trap)
    write_fpexc (0);
  return 0;
}

long
hv_arch_set_segment_base (struct hv_vcpu *vcpu, const uint32_t *args)
{
  if (args[0] != PV_SEGBASE_THREAD)
    return -XEN_EINVAL;
  vcpu->arch.tpidruro = args[1];
  hv_write_tpidruro (args[1]);
  return 0;
}

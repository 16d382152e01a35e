/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one call of every hypercall costs that has no figure of its own: for the column of
 * docs/hypercalls.md. */
#include "calls.h"

#include <pv/arch.h>
#include <pv/hid.h>
#include <xen/memory.h>
#include <xen/vcpu.h>
#include "boot/piece.h"
#include <bearssl_hash.h>
#include "pv.h"

#define TURNS 200u

static void
set_trap_table (void)
{
  extern char pv_undefined_upcall[], pv_prefetch_upcall[], pv_event_upcall[];
  struct pv_trap_table table
      = { .handler = { [PV_TRAP_UNDEFINED] = (uint32_t)pv_undefined_upcall,
                       [PV_TRAP_PREFETCH_ABORT] = (uint32_t)pv_prefetch_upcall,
                       [PV_TRAP_EVENT] = (uint32_t)pv_event_upcall } };
  pv_set_trap_table (&table);
}

static void
stack_switch (void)
{
  static uint8_t stack[256] __attribute__ ((aligned (8)));
  pv_stack_switch ((uint32_t)stack + sizeof stack);
}

static void
fpu_taskswitch (void)
{
  pv_fpu_taskswitch (false);
}

static void
memory_op (void)
{
  domid_t self = DOMID_SELF;
  pv_hypercall2 (__HYPERVISOR_memory_op, XENMEM_current_reservation, (uint32_t)&self);
}

static void
multicall (void)
{
  struct multicall_entry entry = { .op = __HYPERVISOR_xen_version };
  pv_multicall (&entry, 1);
}

static void
set_timer_op (void)
{
  pv_set_timer (UINT64_C (1) << 50);
}

static void
console_io (void)
{
  static char text[] = "0123456789abcdef0123456789abcde\n";
  pv_console_io (CONSOLEIO_write, 32, text);
}

static void
vcpu_op (void)
{
  pv_hypercall3 (__HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, 0);
}

static void
set_segment_base (void)
{
  pv_set_thread_register (0);
}

static void
mmuext_op (void)
{
  struct mmuext_op op = { .cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = (uint32_t)measure_calls };
  pv_mmuext_op (&op, 1, NULL);
}

static void
sysctl (void)
{
  struct pv_sysctl op = { .cmd = PV_SYSCTL_CPUINFO };
  pv_sysctl (&op);
}

static void
xsm_op (void)
{
  struct pv_policy_op op = { .cmd = PV_POLICY_STATUS };
  pv_policy_op (&op);
}

static void
domctl (void)
{
  struct pv_domctl op = { .cmd = PV_DOMCTL_GET_INFO };
  pv_domctl (&op);
}

static void
channel_op (void)
{
  pv_channel_op (PV_CHANNEL_STATUS, NULL, 0);
}

static void
time_op (void)
{
  pv_time_ns ();
}

static void
io_op (void)
{
  struct pv_io_net_info info;
  pv_io_op (PV_IO_NET_QUERY, &info, 1);
}

static void
hid_op (void)
{
  pv_hid_op (PV_HID_STATUS, 0);
}

static const struct {
  const char *name;
  void (*call) (void);
} calls[] = {
#define CALL(name)                                                                                 \
  {                                                                                                \
#name, name                                                                                    \
  }
  CALL (set_trap_table),   CALL (stack_switch), CALL (fpu_taskswitch), CALL (memory_op),
  CALL (multicall),        CALL (set_timer_op), CALL (console_io),     CALL (vcpu_op),
  CALL (set_segment_base), CALL (mmuext_op),    CALL (sysctl),         CALL (domctl),
  CALL (channel_op),       CALL (time_op),      CALL (io_op),          CALL (hid_op),
  CALL (xsm_op),
};

static void
nothing (void)
{
  asm volatile("");
}

static uint32_t
run (void (*call) (void))
{
  uint64_t start = pv_time_ns ();
  for (uint32_t i = 0; i < TURNS; i++)
    call ();
  return (uint32_t)(pv_time_ns () - start);
}

/* What checking images costs at boot: instructions for a KiB, in the place of the domains. */
static void
measure_sha256 (void)
{
  static uint8_t bytes[16384];
  uint8_t digest[32];
  br_sha256_context hash;
  uint64_t start = pv_time_ns ();
  br_sha256_init (&hash);
  br_sha256_update (&hash, bytes, sizeof bytes);
  br_sha256_out (&hash, digest);
  pv_printf ("figure: sha256 1 %u\n", (uint32_t)(pv_time_ns () - start) / (sizeof bytes / 1024));
}

/* And what unsealing them costs, whatever comes out. */
static void
measure_unseal (void)
{
  static const struct hv_image image = { .size = STORE_PIECE };
  static uint8_t key[32], sealed[STORE_PIECE + STORE_TAG], bytes[STORE_PIECE];
  uint64_t start = pv_time_ns ();
  piece_unseal (key, &image, sealed, 0, bytes);
  pv_printf ("figure: unseal 1 %u\n", (uint32_t)(pv_time_ns () - start) / (STORE_PIECE / 1024));
}

void
measure_calls (void)
{
  measure_sha256 ();
  measure_unseal ();
  for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    pv_printf ("call: %s %u\n", calls[i].name, (run (calls[i].call) - run (nothing)) / TURNS);
}

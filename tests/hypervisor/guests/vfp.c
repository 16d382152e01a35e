/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floating-point and vector registers of a guest are its own: fills all of them from the seed
 * on its command line, loses the processor again and again, and looks. Crashes when one is wrong.
 */
#include "test.h"

#define TURNS 400

struct registers {
  uint64_t d[32];
  uint32_t fpscr, turns;
};

static struct registers wanted, found;
static volatile uint32_t upcalls, last_info;

/* Loads all registers, lets `turns` pass without touching memory, and stores them. */
static void __attribute__ ((noinline))
through_the_unit (const struct registers *in, struct registers *out)
{
  asm volatile(".fpu neon\n\t"
               "vldmia %0!, {d0-d15}\n\tvldmia %0!, {d16-d31}\n\t"
               "ldm %0, {r2, r3}\n\tvmsr fpscr, r2\n"
               "1:\tsubs r3, r3, #1\n\tbne 1b\n\t"
               "vmrs r2, fpscr\n\t"
               "vstmia %1!, {d0-d15}\n\tvstmia %1!, {d16-d31}\n\tstr r2, [%1]"
               : "+r"(in), "+r"(out)
               :
               : "r2", "r3", "cc", "memory");
}

static void
fill (uint32_t seed, uint32_t turn)
{
  uint64_t value = (uint64_t)seed << 32 | (turn + 1);
  for (uint32_t i = 0; i < 32; i++)
    wanted.d[i] = value = value * 6364136223846793005ull + 1442695040888963407ull;
  wanted.fpscr = ((seed + turn) & 3) << 22 | (turn & 1) << 25; /* rounding mode, default NaN */
  wanted.turns = 1000 + (uint32_t)(value >> 50);
}

/* The unit is on again: the instruction is repeated. */
void
pv_on_undefined (struct pv_context *context)
{
  last_info = context->frame.info;
  if (++upcalls > 1)
    context->frame.pc += 4;
}

static void
taskswitch (void)
{
  fill (7, 7);
  through_the_unit (&wanted, &found);
  uint64_t before = wanted.d[31], after;
  long error = pv_fpu_taskswitch (true);
  asm volatile(".fpu neon\n\tvmov %Q0, %R0, d31" : "=r"(after));
  check (error == 0 && upcalls == 1 && last_info == PV_UNDEFINED_FPU && after == before,
         "fpu_taskswitch: the next use is an upcall, once, and the registers are kept: %u, %u",
         upcalls, last_info);
  pv_fpu_taskswitch (true);
  pv_fpu_taskswitch (false);
  asm volatile(".fpu neon\n\tvmov %Q0, %R0, d31" : "=r"(after));
  check (upcalls == 1 && after == before, "and may be taken back");
  upcalls = 0;
  pv_fpu_taskswitch (true);
  asm volatile("udf #1");
  check (upcalls == 2 && last_info == 0, "an undefined instruction is still one: %u, %u", upcalls,
         last_info);
}

static void
thread_register (void)
{
  uint32_t value;
  check (pv_set_thread_register (0x7e57ab1e) == 0, "set_segment_base");
  pv_event_wait (pv_time_ns () + 1000000);
  asm volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(value));
  check (value == 0x7e57ab1e, "the read-only thread register is a domain's own: %x", value);
  check (pv_hypercall2 (__HYPERVISOR_set_segment_base, 1, 0) == -XEN_EINVAL,
         "set_segment_base of a register that is not there");
}

void
pv_main (const struct pv_start_info *info)
{
  uint32_t seed = (uint32_t)info->command_line[0] + info->domid * 256;
  if (info->command_line[0] == 'A') {
    taskswitch ();
    thread_register ();
  }
  pv_set_thread_register (seed);
  for (uint32_t turn = 0; turn < TURNS; turn++) {
    uint32_t thread;
    fill (seed, turn);
    through_the_unit (&wanted, &found);
    if (turn % 8 == 0)
      pv_sched_op (SCHEDOP_yield, NULL);
    asm volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(thread));
    if (memcmp (wanted.d, found.d, sizeof wanted.d) != 0 || wanted.fpscr != found.fpscr
        || thread != seed)
      pv_panic ("seed %x, turn %u: the registers are not what they were", seed, turn);
  }
  pv_shutdown (SHUTDOWN_poweroff);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends itself in the way that the name of its image says: deep in its own functions, or with all
 * registers at values that the record of the crash must show.
 */
#include "kernel.h"

#define UNMAPPED 0x10000000u

/* User code: sets every register, then traps. Position independent; the stop is a nop that is
 * replaced. */
asm(".pushsection .rodata\n"
    ".balign 4\n"
    "fall_user:\n"
    "  adr lr, 1f\n  ldm lr, {r0-r14}\n"
    "fall_user_trap:\n  nop\n"
    "1: .word 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x107\n"
    "  .word 0x108, 0x109, 0x10a, 0x10b, 0x10c, 0x10d, 0x10e\n"
    "fall_user_end:\n"
    ".popsection\n");
extern const char fall_user[], fall_user_trap[], fall_user_end[];

static void __attribute__ ((noipa)) innermost (volatile uint32_t *at)
{
  *at = 1;
}

static void __attribute__ ((noipa)) middle (volatile uint32_t *at)
{
  innermost (at);
  pv_printf ("never\n");
}

static void __attribute__ ((noipa)) outermost (volatile uint32_t *at)
{
  middle (at + 1);
  pv_printf ("never\n");
}

static void __attribute__ ((noipa)) recurse (uint32_t depth, volatile uint32_t *at)
{
  if (depth == 0)
    innermost (at);
  else
    recurse (depth - 1, at);
  pv_printf ("never %u\n", depth);
}

/* From user mode, with a kernel stack on which the frame of that trap cannot be stored. */
static void
trap_from_user (uint32_t instruction, uint32_t stack)
{
  struct space space;
  struct pv_frame frame = { .pc = USER_START, .cpsr = PV_CPSR_USER };
  memory_init ();
  if (!space_create (&space, 1))
    pv_panic ("no memory");
  char *code = memory_address (space.memory);
  memcpy (code, fall_user, (size_t)(fall_user_end - fall_user));
  memcpy (code + (fall_user_trap - fall_user), &instruction, sizeof instruction);
  space_use (&space);
  pv_stack_switch (stack);
  asm volatile("mov sp, %0\n\tmov r12, #23\n\tsvc #0" : : "r"(&frame) : "memory");
}

static void __attribute__ ((noipa)) iret_nowhere (void)
{
  asm volatile("ldr lr, =fall_iret\n\tldm lr, {r0-r14}\n\tsvc #0\n\t.ltorg\n"
               ".balign 4\nfall_iret:\n"
               "  .word 0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207\n"
               "  .word 0x208, 0x209, 0x20a, 0x20b, 23, 0x10000000, 0x20e\n");
}

/* Frame pointers that lead everywhere but to frames. */
static void __attribute__ ((noipa)) wild (uint32_t fp)
{
  asm volatile("mov r11, %0\n\tmov sp, #0x100\n\tudf #0" : : "r"(fp));
}

static bool
is (const char *name)
{
  return strcmp (pv_start->image, name) == 0;
}

void
pv_main (const struct pv_start_info *info)
{
  static uint32_t loop[2];
  (void)info;
  for (uint32_t i = 0; i < 1000; i++)
    pv_printf ("line %u of what it had to say\n", i);
  if (is ("fall-deep"))
    outermost ((volatile uint32_t *)(uintptr_t)UNMAPPED);
  if (is ("fall-deeper"))
    recurse (100, (volatile uint32_t *)(uintptr_t)UNMAPPED);
  if (is ("fall-syscall"))
    trap_from_user (0xef000000, 0x1000); /* svc #0 */
  if (is ("fall-abort"))
    trap_from_user (0xe5900000, 0x1000); /* ldr r0, [r0] */
  if (is ("fall-undefined"))
    trap_from_user (0xe7f000f0, 0x1000); /* udf #0 */
  if (is ("fall-split"))
    trap_from_user (0xef000000, USER_START + 16); /* only the upper half of the frame has a page */
  if (is ("fall-iret"))
    iret_nowhere ();
  loop[0] = (uint32_t)&loop[1];
  if (is ("fall-loop"))
    wild ((uint32_t)&loop[1]);
  if (is ("fall-wild"))
    wild (0xfc000000);
  pv_panic ("no such way to fall: %s", pv_start->image);
}

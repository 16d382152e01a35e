/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of the small kernel: number in r7, arguments in r0..r2, result in r0, as in the ARM
 * EABI of Linux, whose numbers they have where Linux has the call. Negative results are -XEN_Exxx.
 */
#ifndef KERNEL_ABI_H
#define KERNEL_ABI_H

#define SYS_exit   1    /* (status) */
#define SYS_read   3    /* (0, buffer, size) -> bytes of one line; waits for it */
#define SYS_write  4    /* (1, buffer, size) -> bytes */
#define SYS_getpid 20   /* () */
#define SYS_kill   37   /* (pid) */
#define SYS_yield  158  /* () */
#define SYS_sleep  1000 /* (milliseconds) */
#define SYS_uptime 1001 /* () -> milliseconds since the hypervisor started */
#define SYS_list   1002 /* (struct process_info *, count) -> processes stored */
#define SYS_spawn  1003 /* (name) -> pid */
#define SYS_catch                                                                                  \
  1004 /* (address): where the next fault goes on, r0 = status, r1 = address; 0: none */
#define SYS_panic        1005 /* (): the kernel ends, as after a bug of its own */
#define SYS_halt         1006 /* (): the domain shuts down */
#define SYS_memory       1007 /* () -> free pages */
#define SYS_memory_total 1008 /* () -> pages of the domain */
#define SYS_display 1009      /* (struct display_info *) -> 0, or -XEN_ENODEV: there is none */
#define SYS_draw    1010      /* (const struct display_block *) -> 0; -XEN_EAGAIN: it is not here now */
#define SYS_input   1011      /* (struct input_event *, count) -> events stored; never waits */

#define NAME_MAX_LENGTH 16

#ifndef __ASSEMBLY__
#include <stdint.h>

enum process_state { PROCESS_FREE, PROCESS_READY, PROCESS_SLEEPING, PROCESS_READING };

struct process_info {
  uint32_t pid;
  uint32_t state; /* enum process_state */
  uint32_t pages;
  uint32_t cpu_ms;
  char name[NAME_MAX_LENGTH];
};

struct display_info {
  uint32_t width, height;
  uint32_t has_focus; /* what is drawn arrives */
  uint32_t epoch;     /* another number: the picture is new, and black */
};

/* Pixels 0x00RRGGBB; `stride`: pixels from one row of the block to the next. */
struct display_block {
  uint32_t x, y, width, height, stride;
  const uint32_t *pixels;
};

enum input_kind { INPUT_KEY, INPUT_POINTER };
struct input_event {
  uint32_t kind;  /* enum input_kind */
  uint32_t value; /* the character; the buttons held (1 left, 2 right, 4 middle) */
  uint32_t x, y;  /* of the pointer */
};

/* The head of a program: a flat binary for USER_START. */
struct program {
  uint32_t branch; /* to its first instruction */
  uint32_t magic;
  uint32_t file_end, memory_end;
  char name[NAME_MAX_LENGTH];
};
#endif

#define USER_START    0x00400000
#define USER_END      0x00800000
#define USER_STACK    16384
#define PROGRAM_MAGIC 0x52535550 /* "PUSR" */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the small kernel know of each other. */
#ifndef KERNEL_H
#define KERNEL_H

#include "abi.h"
#include "memory.h"
#include "pv.h"

#define PROCESSES 8
/* ---- space.c: address spaces of user processes: USER_START up to the end of its pages ---- */
struct space {
  uint32_t directory; /* first of four pages */
  uint32_t tables;    /* one page: four tables */
  uint32_t memory;    /* first of `pages` pages */
  uint32_t pages;
};
/* false: not enough memory; nothing is taken. */
bool space_create (struct space *space, uint32_t pages);
/* Not while it is in use. */
void space_destroy (struct space *space);
void space_use (const struct space *space);
/* The address space in which only the kernel is. */
void space_use_none (void);
static inline bool
space_has (const struct space *space, uint32_t address, uint32_t length)
{
  uint32_t end = USER_START + space->pages * PV_PAGE_SIZE;
  return address >= USER_START && address <= end && length <= end - address;
}

/* ---- process.c ---- */
struct process {
  enum process_state state;
  uint32_t pid;
  char name[NAME_MAX_LENGTH];
  struct space space;
  struct pv_context context;       /* while it does not run */
  uint64_t wake_ns;                /* PROCESS_SLEEPING */
  uint32_t read_buffer, read_size; /* PROCESS_READING */
  uint32_t fault_handler;
  uint64_t cpu_ns;
};
extern struct process *process_current; /* NULL: the kernel alone */
/* -> pid, or a negative error. */
long process_spawn (const char *name);
/* Ends a process; when it is the current one, process_switch must follow. */
bool process_kill (uint32_t pid);
/* Saves the running process in its record and goes on with the next that is ready; waits for one.
 */
void process_switch (struct pv_context *context);
/* What an event may have changed: sleepers wake, readers get their line, a slice is over. */
void process_tick (struct pv_context *context);
uint32_t process_list (struct process_info *info, uint32_t count);
void process_run_first (void) __attribute__ ((noreturn));

/* ---- tty.c ---- */
void tty_init (void);
void tty_write (const char *text, uint32_t length);
/* -> bytes of a complete line, 0: there is none yet. */
uint32_t tty_read_line (char *buffer, uint32_t size);

/* ---- the programs that are linked in: pv_user_start .. pv_user_end, each page aligned ---- */
const struct program *program_find (const char *name);
const struct program *program_next (const struct program *program);

#endif

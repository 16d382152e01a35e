/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs: ELF executables for the ARM EABI that are linked statically, and scripts. */
#ifndef LINUX_EXEC_H
#define LINUX_EXEC_H

#include <stdint.h>

struct node;
struct pv_context;
struct space;

#define EXEC_STRINGS 1024u /* arguments and environment together */

struct exec_strings {
  const char *text[EXEC_STRINGS + 4]; /* arguments, then environment; memory that may be read now */
  uint32_t arguments, environment;
};

/* The current task becomes another program; 0 with `context` at its first instruction, or a
   negative error with all as before. `strings` may be changed. */
int exec_run (const char *path, struct exec_strings *strings, struct pv_context *context);

/* ---- elf.c ---- */
struct elf_image {
  uint32_t entry, headers, header_count; /* in the new space */
  uint32_t end;                          /* of all segments */
  uint32_t base;
  uint32_t stack_executable;
};

/* Maps a program into an empty space; -ENOEXEC: this is not one. */
int elf_map (struct space *space, struct node *node, struct elf_image *image);

/* ---- main.c ---- */
/* The first process has ended: so does the domain. */
void exec_first_ended (uint32_t status) __attribute__ ((noreturn));

#endif

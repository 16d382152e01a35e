/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>

#include "launcher/wire.h"

/* What programs of a workspace may not do, whoever they are inside: a bounded capability set, no new privileges, and a
 * seccomp filter. Both modes use the same, but for setgroups(). */

/* What a further filter asks pid 1 about; see sandbox.h. */
enum ask_about {
  ASK_NET = 1 << 0,   /* connections: connect, bind, listen */
  ASK_FILES = 1 << 1, /* opening by path */
};

/* prctl(ASK_DESCRIPTOR) is asked about by each of them, even by that about nothing: so pid 1 can hand a process a descriptor
 * whose calls it makes for it. By itself a program gets what it gets anywhere: EINVAL. */
#define ASK_DESCRIPTOR 0x444d4344

struct filters {
  struct sock_fprog all;    /* every program's */
  struct sock_fprog ask[4]; /* by a set of enum ask_about */
  bool              no_domains; /* programs make no Landlock domains of their own, which a suspension would lose */
};

/**
 * confine_prepare:
 * @filters: (out): the compiled filters; they live as long as this process
 * @one_id: the view has a single user and group, so that setgroups() can only be pretended to
 *
 * Compiles the filters once (a few hundred microseconds), so that each program only loads them.
 *
 * Returns: 0, or -1
 */
int confine_prepare (struct filters *filters, bool one_id, struct wire_fault *fault);

/* The same through a file, for a pid 1 that is a program of its own. filters_read() closes it. 0, or -1 with errno. */
int filters_write (const struct filters *filters, int fd);
int filters_read (struct filters *filters, int fd);

/* Pid 1's part, which it does once for all that it will start: what no program can get back, be it set-user-id. */
int confine_begin (struct wire_fault *fault);

/* Confines this process and all that it will start, for good. */
int confine_apply (const struct sock_fprog *program, struct wire_fault *fault);

/* Lets this process and all that it will start find a kernel with Landlock switched off: nobody sees a domain from outside, and
 * CRIU brings none back, so that a program would do afterwards what it had forbidden itself before. */
int confine_refuse_domains (struct wire_fault *fault);

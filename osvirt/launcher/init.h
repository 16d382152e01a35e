/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "launcher/confine.h"

/* What of init_run() can be done before it is known what the view will be; this process has no arguments then. A program that is run keeps
 * it, but for the name. */
void init_prepare (void);

/**
 * init_run:
 * @control: connected SEQPACKET socket that speaks enum init_verb; the view lives as long as its peer
 * @report: where to write @word, once a client is served
 * @filters: what every program is confined by, and what those with a label are besides
 * @word: a message
 * @size: its length
 *
 * Is pid 1 of a view: starts programs, reaps, and ends everything when the peer of @control goes. Every other
 * descriptor of this process is closed first. It keeps its privileges over the view, and no program can come near it: it
 * is not dumpable, and programs lack CAP_SYS_PTRACE and all else that confine_apply() takes.
 */
_Noreturn void init_run (int control, int report, const struct filters *filters, const void *word, size_t size);

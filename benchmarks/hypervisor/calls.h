/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

/* Prints `call: NAME INSTRUCTIONS` for each hypercall that has no figure of its own. */
void measure_calls (void);

#endif

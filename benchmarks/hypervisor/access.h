/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_ACCESS_H
#define BENCH_ACCESS_H

/* Prints what decisions cost: `figure: NAME RULES INSTRUCTIONS`. */
void measure_access (void);

#endif

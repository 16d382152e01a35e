/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_GRANTS_H
#define BENCH_GRANTS_H

#include <stdint.h>

/* `peer` gives one page. Each: -> nanoseconds that all turns took. */
uint64_t measure_grant_map (uint32_t peer, uint32_t turns);
/* 16 at a time; `turns` are pages. */
uint64_t measure_grant_batch (uint32_t peer, uint32_t turns);
uint64_t measure_grant_copy (uint32_t peer, uint32_t turns);

#endif

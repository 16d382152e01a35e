/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the number of pages that this domain may have: gives back what is more and nothing is in,
   takes what is less. */
#ifndef KERNEL_BALLOON_H
#define KERNEL_BALLOON_H

#include <stdint.h>

void balloon_init (void);
/* What could not be done before may be possible now; cheap when there is nothing to do. */
void balloon_tick (void);
/* How many pages this domain has now. */
uint32_t balloon_pages (void);

#endif

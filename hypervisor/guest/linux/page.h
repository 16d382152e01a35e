/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that processes and files share: each is counted, and given back with its last use. */
#ifndef LINUX_PAGE_H
#define LINUX_PAGE_H

#include "memory.h"

void page_init (void);
/* A cleared page with one use; PAGE_NONE: there is no memory left. */
uint32_t page_new (void);
uint32_t page_copy (uint32_t page);
void page_hold (uint32_t page);
void page_drop (uint32_t page);
bool page_shared (uint32_t page);

#endif

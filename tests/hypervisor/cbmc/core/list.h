/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As core/list.h, for proofs in which the order of free memory does not matter: the lists stay empty. */
#ifndef HV_LIST_H
#define HV_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct hv_list {
  struct hv_list *next, *prev;
};

#define HV_LIST_ITEM(node, type, member) ((type *)(void *)((char *)(node)-offsetof (type, member)))

static inline void hv_list_init (struct hv_list *list) { list->next = list->prev = list; }
static inline bool hv_list_empty (const struct hv_list *list) { (void)list; return true; }
static inline void hv_list_insert_after (struct hv_list *at, struct hv_list *node) { (void)at; (void)node; }
static inline void hv_list_remove (struct hv_list *node) { (void)node; }

#endif

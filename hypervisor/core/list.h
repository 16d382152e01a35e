/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A doubly linked ring with a head; a node that is on no list points to itself. */
#ifndef HV_LIST_H
#define HV_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct hv_list {
  struct hv_list *next, *prev;
};

#define HV_LIST_ITEM(node, type, member) ((type *)(void *)((char *)(node)-offsetof (type, member)))

static inline void
hv_list_init (struct hv_list *list)
{
  list->next = list->prev = list;
}

static inline bool
hv_list_empty (const struct hv_list *list)
{
  return list->next == list;
}

static inline void
hv_list_insert_after (struct hv_list *place, struct hv_list *node)
{
  node->prev = place;
  node->next = place->next;
  place->next->prev = node;
  place->next = node;
}

/* Takes a node off; what it points to afterwards means nothing. */
static inline void
hv_list_unlink (struct hv_list *node)
{
  node->prev->next = node->next;
  node->next->prev = node->prev;
}

static inline void
hv_list_remove (struct hv_list *node)
{
  hv_list_unlink (node);
  hv_list_init (node);
}

#endif

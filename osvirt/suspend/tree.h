/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/wire.h"

/* Every process of a view, as root of the host sees it. */
struct tree_process {
  pid_t pid, inside; /* on the host, and in the view */
  pid_t parent;      /* on the host */
  bool  below;       /* its ancestors lead to pid 1 */
  char  name[32];
};

struct tree {
  struct tree_process *list; /* pid 1 first */
  size_t               count;
};

/* Reads the processes of the view whose pid 1 is @init. 0, or -1. */
int  tree_read (pid_t init, struct tree *tree, struct wire_fault *fault);
void tree_free (struct tree *tree);

/* Calls @visit for each descriptor of the process @pid, with what it leads to; and the same for its mapped files. */
typedef void (*tree_visit) (pid_t pid, const char *entry, const char *target, void *data);
void tree_each_descriptor (pid_t pid, tree_visit visit, void *data);
void tree_each_mapping (pid_t pid, tree_visit visit, void *data);

/* The link /proc/@pid/@name, "" where there is none; @room includes the NUL. */
const char *tree_link (pid_t pid, const char *name, char *target, size_t room);

/* The first line of /proc/@pid/@file that begins with @key, without the key and the blanks after it; "" where there is none. */
const char *tree_field (pid_t pid, const char *file, const char *key, char *value, size_t room);

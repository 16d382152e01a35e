/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINUX_PATH_H
#define LINUX_PATH_H

#include "node.h"

/* The node that a path names, with a use; 0 or a negative error. `from`: where a relative path
 * starts. */
int path_find (struct node *from, const char *path, bool follow, struct node **node);
/* The directory in which the last part of a path is, or would be, and that part; symbolic links at
   the end are not followed. The directory comes with a use. */
int path_parent (struct node *from,
                 const char *path,
                 struct node **directory,
                 char name[NAME_MAX_BYTES + 1]);

#endif

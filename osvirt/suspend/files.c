/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/files.h"

#include <stdlib.h>
#include <string.h>

struct list {
  char  **paths;
  size_t  count;
};

static void
add (pid_t pid, const char *entry, const char *target, void *data)
{
  struct list *list = data;
  char **larger;

  if (target[0] != '/' || strncmp (target, "/dev/", 5) == 0 || strncmp (target, "/proc/", 6) == 0
      || strncmp (target, "/run/", 5) == 0 || strncmp (target, "/tmp/", 5) == 0 || strncmp (target, "/memfd:", 7) == 0
      || strstr (target, " (deleted)") != NULL)
    return;
  if (list->count > 0 && strcmp (list->paths[list->count - 1], target) == 0)
    return; /* the next part of the same mapping */
  larger = reallocarray (list->paths, list->count + 1, sizeof *larger);
  if (larger == NULL)
    return;
  list->paths = larger;
  if ((larger[list->count] = strdup (target)) != NULL)
    list->count++;
}

static int
compare (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

void
files_write (const struct tree *tree, FILE *out)
{
  struct list list = { NULL, 0 };
  char target[4096];

  for (size_t i = 0; i < tree->count; i++) {
    pid_t pid = tree->list[i].pid;

    add (pid, "exe", tree_link (pid, "exe", target, sizeof target), &list);
    add (pid, "cwd", tree_link (pid, "cwd", target, sizeof target), &list);
    tree_each_mapping (pid, add, &list);
    tree_each_descriptor (pid, add, &list);
  }
  if (list.count > 0)
    qsort (list.paths, list.count, sizeof *list.paths, compare);
  for (size_t i = 0; i < list.count; i++) {
    if (i == 0 || strcmp (list.paths[i], list.paths[i - 1]) != 0)
      fwrite (list.paths[i], 1, strlen (list.paths[i]) + 1, out);
    if (i > 0)
      free (list.paths[i - 1]);
  }
  if (list.count > 0)
    free (list.paths[list.count - 1]);
  free (list.paths);
}

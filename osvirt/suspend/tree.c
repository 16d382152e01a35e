/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
tree_link (pid_t pid, const char *name, char *target, size_t room)
{
  char path[300];
  ssize_t length;

  snprintf (path, sizeof path, "/proc/%d/%s", pid, name);
  length = readlink (path, target, room - 1);
  target[length > 0 ? length : 0] = '\0';
  return target;
}

const char *
tree_field (pid_t pid, const char *file, const char *key, char *value, size_t room)
{
  char path[300], line[1024];
  FILE *in;

  snprintf (path, sizeof path, "/proc/%d/%s", pid, file);
  in = fopen (path, "re");
  value[0] = '\0';
  while (in != NULL && fgets (line, sizeof line, in) != NULL) {
    if (strncmp (line, key, strlen (key)) != 0)
      continue;
    line[strcspn (line, "\n")] = '\0';
    snprintf (value, room, "%s", line + strlen (key) + strspn (line + strlen (key), " \t"));
    break;
  }
  if (in != NULL)
    fclose (in);
  return value;
}

static int
add (struct tree *tree, pid_t pid)
{
  struct tree_process *larger = reallocarray (tree->list, tree->count + 1, sizeof *larger);
  char text[64];

  if (larger == NULL)
    return -1;
  tree->list = larger;
  larger[tree->count++] = (struct tree_process){
    .pid = pid, .parent = atoi (tree_field (pid, "status", "PPid:", text, sizeof text)),
  };
  return 0;
}

static void
describe (struct tree_process *process)
{
  char text[256], *last;

  tree_field (process->pid, "status", "Name:", process->name, sizeof process->name);
  tree_field (process->pid, "status", "NSpid:", text, sizeof text);
  last = strrchr (text, '\t');
  process->inside = atoi (last != NULL ? last + 1 : text);
}

static const struct tree_process *
find (const struct tree *tree, pid_t pid)
{
  for (size_t i = 0; i < tree->count; i++)
    if (tree->list[i].pid == pid)
      return &tree->list[i];
  return NULL;
}

/* Of all processes of the host leaves those that descend from pid 1 of the view, even in a pid namespace of their own, and
 * those that have come into its pid namespace from outside. */
static void
select_members (struct tree *tree)
{
  char space[64], own[64];
  size_t kept = 0;

  tree_link (tree->list[0].pid, "ns/pid", space, sizeof space);
  for (size_t i = 0; i < tree->count; i++) {
    const struct tree_process *at = &tree->list[i];

    for (size_t steps = 0; at != NULL && at != tree->list && steps < tree->count; steps++)
      at = find (tree, at->parent);
    tree->list[i].below = at == tree->list;
  }
  for (size_t i = 0; i < tree->count; i++) {
    if (!tree->list[i].below && strcmp (tree_link (tree->list[i].pid, "ns/pid", own, sizeof own), space) != 0)
      continue;
    tree->list[kept] = tree->list[i];
    describe (&tree->list[kept++]);
  }
  tree->count = kept;
}

int
tree_read (pid_t init, struct tree *tree, struct wire_fault *fault)
{
  DIR *proc = opendir ("/proc");
  struct dirent *entry;
  int result = proc == NULL ? -1 : 0;

  *tree = (struct tree){ NULL, 0 };
  if (result == 0)
    result = add (tree, init);
  while (result == 0 && (entry = readdir (proc)) != NULL)
    if (atoi (entry->d_name) > 0 && atoi (entry->d_name) != init)
      result = add (tree, atoi (entry->d_name));
  if (proc != NULL)
    closedir (proc);
  if (result != 0) {
    tree_free (tree);
    return wire_fail (fault, errno, "reading the processes of the workspace");
  }
  select_members (tree);
  return 0;
}

void
tree_free (struct tree *tree)
{
  free (tree->list);
  *tree = (struct tree){ NULL, 0 };
}

static void
each (pid_t pid, const char *folder, tree_visit visit, void *data)
{
  char path[64], name[300], target[PATH_MAX];
  DIR *list;
  struct dirent *entry;

  snprintf (path, sizeof path, "/proc/%d/%s", pid, folder);
  list = opendir (path);
  while (list != NULL && (entry = readdir (list)) != NULL) {
    if (entry->d_name[0] == '.')
      continue;
    snprintf (name, sizeof name, "%s/%s", folder, entry->d_name);
    if (*tree_link (pid, name, target, sizeof target) != '\0')
      visit (pid, entry->d_name, target, data);
  }
  if (list != NULL)
    closedir (list);
}

void
tree_each_descriptor (pid_t pid, tree_visit visit, void *data)
{
  each (pid, "fd", visit, data);
}

void
tree_each_mapping (pid_t pid, tree_visit visit, void *data)
{
  each (pid, "map_files", visit, data);
}

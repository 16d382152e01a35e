/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/mman.h>
#include "call.h"
#include "task.h"

#define LIMIT (SPACE_END - STACK_SIZE)

static uint32_t
round_up (uint32_t value)
{
  return (value + PV_PAGE_SIZE - 1) & ~(PV_PAGE_SIZE - 1u);
}

static uint32_t
area_flags (uint32_t protection)
{
  return ((protection & PROT_READ) != 0 ? AREA_READ : 0)
         | ((protection & PROT_WRITE) != 0 ? AREA_WRITE | AREA_READ : 0)
         | ((protection & PROT_EXEC) != 0 ? AREA_EXEC | AREA_READ : 0);
}

/* Gives the old end back when it cannot be changed, as Linux does. */
CALL (brk)
{
  struct space *space = task_current->space;
  uint32_t wanted = a[0], old = round_up (space->brk), new = round_up (wanted);
  (void)context;
  if (wanted < space->brk_start || wanted > LIMIT)
    return (long)space->brk;
  if (new < old && area_unmap (space, new, old) != 0)
    return (long)space->brk;
  for (uint32_t at = old; at < new; at += PV_PAGE_SIZE)
    if (area_find (space, at))
      return (long)space->brk;
  if (new > old
      && ((new - old) / PV_PAGE_SIZE > memory_free ()
          || area_map (space, old, new, AREA_READ | AREA_WRITE, NULL, 0) != 0))
    return (long)space->brk;
  space->brk = wanted;
  return (long)wanted;
}

static int
backing (const uint32_t *a, struct node **node)
{
  struct file *file = files_get (task_current->files, a[4]);
  *node = NULL;
  if ((a[3] & MAP_ANONYMOUS) != 0)
    return 0;
  if (!file)
    return -EBADF;
  if (!file->node || !node_is (file->node, S_IFREG) || file->node->ops != &file_ops_memory)
    return -ENODEV;
  if ((file->flags & O_ACCMODE) == O_WRONLY
      || ((a[3] & MAP_SHARED) != 0 && (a[2] & PROT_WRITE) != 0
          && (file->flags & O_ACCMODE) != O_RDWR))
    return -EACCES;
  *node = file->node;
  return 0;
}

/* (address, length, protection, flags, file, offset in pages) */
CALL (mmap2)
{
  struct space *space = task_current->space;
  uint32_t start = a[0] & ~(PV_PAGE_SIZE - 1u), length = round_up (a[1]);
  uint32_t flags = area_flags (a[2]) | ((a[3] & MAP_SHARED) != 0 ? AREA_SHARED : 0);
  struct node *node;
  (void)context;
  if (a[1] == 0 || length == 0)
    return a[1] == 0 ? -EINVAL : -ENOMEM;
  int error = backing (a, &node);
  if (error)
    return error;
  if ((a[3] & MAP_FIXED) == 0)
    start = area_free_range (space, length);
  else if ((a[0] & (PV_PAGE_SIZE - 1u)) != 0 || start < SPACE_START)
    return -EINVAL;
  if (start < SPACE_START || start >= SPACE_END || length > SPACE_END - start)
    return -ENOMEM;
  if (!node && (flags & AREA_WRITE) != 0 && length / PV_PAGE_SIZE > memory_free ())
    return -ENOMEM;
  error = area_map (space, start, start + length, flags, node, a[5]);
  return error ? error : (long)start;
}

static bool
is_range (const uint32_t *a)
{
  return (a[0] & (PV_PAGE_SIZE - 1u)) == 0 && a[0] >= SPACE_START && a[0] < SPACE_END
         && round_up (a[1]) >= a[1] && round_up (a[1]) <= SPACE_END - a[0];
}

CALL (munmap)
{
  (void)context;
  if (!is_range (a) || a[1] == 0)
    return -EINVAL;
  return area_unmap (task_current->space, a[0], a[0] + round_up (a[1]));
}

CALL (mprotect)
{
  (void)context;
  if (!is_range (a))
    return -EINVAL;
  if (a[1] == 0)
    return 0;
  return area_protect (task_current->space, a[0], a[0] + round_up (a[1]), area_flags (a[2]));
}

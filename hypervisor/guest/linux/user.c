/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user.h"

#include "task.h"

static void *
prepare (uint32_t address, uint32_t length, bool write)
{
  static char nothing[1]; /* a length of zero is good anywhere */
  if (length == 0)
    return nothing;
  if (space_prepare (task_current->space, address, length, write) != 0)
    return NULL;
  return (void *)(uintptr_t)address;
}

const void *
user_input (uint32_t address, uint32_t length)
{
  return prepare (address, length, false);
}

void *
user_output (uint32_t address, uint32_t length)
{
  return prepare (address, length, true);
}

const char *
user_string (uint32_t address, uint32_t size)
{
  const char *text = (const char *)(uintptr_t)address;
  for (uint32_t i = 0; i < size; i++) {
    if ((i == 0 || (address + i) % PV_PAGE_SIZE == 0) && !prepare (address + i, 1, false))
      return NULL;
    if (!text[i])
      return text;
  }
  return NULL;
}

int
user_path (uint32_t address, char *path, uint32_t size)
{
  if (!user_input (address, 1))
    return -EFAULT;
  const char *text = user_string (address, size);
  if (!text)
    return user_input (address, size) ? -ENAMETOOLONG : -EFAULT;
  memcpy (path, text, strlen (text) + 1);
  return 0;
}

int
user_put (uint32_t address, const void *value, uint32_t length)
{
  void *to = user_output (address, length);
  if (!to)
    return -EFAULT;
  memcpy (to, value, length);
  return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/names.h"

#include <string.h>

bool
name_is_valid (const char *name, size_t room)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  size_t length = strnlen (name, room);

  if (length == 0 || length == room || name[0] == '.' || name[0] == '-')
    return false;
  return strspn (name, plain) == length;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether @name, in a field of @room bytes, ends within it and may be a host name and a file name: letters, digits, '-', '_'
 * and '.' in ASCII, not empty, and not starting with '.' or '-'. */
bool name_is_valid (const char *name, size_t room);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of the current process, whose space is in use. What is given here may be used until the
 * process runs on. */
#ifndef LINUX_USER_H
#define LINUX_USER_H

#include "pv.h"

/* NULL: the process may not do that there, or there is no memory. */
const void *user_input (uint32_t address, uint32_t length);
void *user_output (uint32_t address, uint32_t length);
/* 0, -EFAULT or -ENAMETOOLONG. */
int user_path (uint32_t address, char *path, uint32_t size);
/* 0 or -EFAULT. */
int user_put (uint32_t address, const void *value, uint32_t length);
/* A string anywhere in the process, at most `size` bytes with its end; NULL: -EFAULT. */
const char *user_string (uint32_t address, uint32_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <errno.h>
#include <sys/types.h>

/* A way out. @run is called in a process of its own; 0: it worked, or the errno value that it failed with. ENOTSUP: this kernel
 * has no such thing. */
struct attempt {
  const char *name;
  int (*run) (void);
};

/* Ended by one without a name. */
extern const struct attempt process_attempts[], mount_attempts[], kernel_attempts[], host_attempts[];

/* 0 for a result that is none of an error's, else errno. */
static inline int
outcome (long result)
{
  return result >= 0 ? 0 : errno;
}

/* A name from the environment, or "". */
const char *given (const char *name);
pid_t       host_process (void);

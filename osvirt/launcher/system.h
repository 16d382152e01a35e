/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <fcntl.h>
#include <linux/close_range.h> /* CLOSE_RANGE_… */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#endif

/* System calls that not every C library has by name: domicile-run and pid 1 are built with musl where it is there. */

/* Closes descriptors @first to @last. @flags: CLOSE_RANGE_…; as close_range(2). */
static inline int
system_close_range (unsigned first, unsigned last, unsigned flags)
{
  return (int) syscall (SYS_close_range, first, last, flags);
}

/* As statx(2) of the open file @fd. */
static inline int
system_statx (int fd, unsigned mask, struct statx *info)
{
  return (int) syscall (SYS_statx, fd, "", AT_EMPTY_PATH, mask, info);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOOT_LIBC_LIMITS_H
#define BOOT_LIBC_LIMITS_H

#define CHAR_BIT __CHAR_BIT__
#define INT_MAX  __INT_MAX__
#define UINT_MAX (__INT_MAX__ * 2u + 1u)

#endif

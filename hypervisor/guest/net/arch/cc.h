/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lwIP on a guest kernel: what it asks of the compiler and the platform. */
#ifndef NET_ARCH_CC_H
#define NET_ARCH_CC_H

#include <stdint.h>

void pv_panic (const char *format, ...) __attribute__ ((format (printf, 1, 2), noreturn));
uint32_t stack_random (void);

#define LWIP_NO_UNISTD_H        1
#define LWIP_NO_LIMITS_H        1
#define INT_MAX                 INT32_MAX
#define LWIP_NO_INTTYPES_H      1
#define X8_F                    "02x"
#define U16_F                   "u"
#define S16_F                   "d"
#define X16_F                   "x"
#define U32_F                   "u"
#define S32_F                   "d"
#define X32_F                   "x"
#define SZT_F                   "u"
#define LWIP_NO_CTYPE_H         1
#define LWIP_RAND()             stack_random ()
#define LWIP_PLATFORM_ASSERT(x) pv_panic ("lwip: %s", x)
#define LWIP_PLATFORM_DIAG(x)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user programs have: system calls, printing, and the C functions of lib/. */
#ifndef USER_H
#define USER_H

#include <stdbool.h>
#include <stddef.h>
#include "abi.h"

void user_main (void);

static inline long
sys3 (uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
  register uint32_t r0 asm("r0") = a;
  register uint32_t r1 asm("r1") = b;
  register uint32_t r2 asm("r2") = c;
  register uint32_t r7 asm("r7") = number;
  asm volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7) : "memory");
  return (long)r0;
}

static inline long
sys1 (uint32_t number, uint32_t a)
{
  return sys3 (number, a, 0, 0);
}

void print (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
void sleep_ms (uint32_t ms);
uint32_t uptime_ms (void);

/* A number with a comma between thousands. */
const char *grouped (uint32_t value, char text[16]);

size_t strlen (const char *text);
int strcmp (const char *a, const char *b);
int strncmp (const char *a, const char *b, size_t length);
void *memcpy (void *to, const void *from, size_t length);
void *memset (void *to, int byte, size_t length);

#endif

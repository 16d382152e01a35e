/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hostile user process: what it must not reach, and the fault that its kernel hears of. */
#include "user.h"

long user_access (uint32_t address, uint32_t write, uint32_t *result);

static void
expect (uint32_t address, uint32_t write, uint32_t status, const char *what)
{
  uint32_t result = 0;
  long got = user_access (address, write, &result);
  bool good = (uint32_t)got == (status | (write && status ? 0x800u : 0));
  print ("%s: user process %s %s: status %03x\n", good ? "ok" : "not ok",
         write ? "writes" : "reads", what, (uint32_t)got);
}

void
user_main (void)
{
  expect (0x00400000, 0, 0, "its own memory");
  expect (0xc0000000, 0, 0x01b, "its kernel's text (page domain fault, domain 1)");
  expect (0xc0000000, 1, 0x01b, "its kernel's text (page domain fault, domain 1)");
  expect (0xfc000000, 0, 0x00d, "the hypervisor (permission fault, domain 0)");
  expect (0xfc100000, 1, 0x00d, "the hypervisor (permission fault, domain 0)");
  expect (0xe0000000, 0, 0x00d, "all memory of all domains (permission fault, domain 0)");
  expect (0xfe009000, 1, 0x00d, "the UART (permission fault, domain 0)");
  expect (0x10000000, 0, 0x005, "unmapped memory (translation fault)");
  sys1 (SYS_halt, 0);
}

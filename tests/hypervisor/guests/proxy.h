/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that does what another domain tells it, hypercall by hypercall: what it is told stands in
 * its device page, which the control domain can map. So a test is written in one place, and sees
 * what happens to each side.
 */
#ifndef PROXY_H
#define PROXY_H

#include <stdint.h>

enum proxy_command {
  PROXY_HYPERCALL = 1, /* args: number and arguments; an argument may point into `data` */
  PROXY_LOAD,          /* args[0]: address -> result: the word there */
  PROXY_STORE,         /* args[0]: address, args[1]: word */
  PROXY_END,           /* the domain shuts down */
};

#define PROXY_PAGES 8 /* spare pages, each with a known content: its own number in every word */

struct proxy {
  /* What the guest says of itself, once `ready` is set. */
  uint32_t ready;
  uint32_t self;          /* virtual address of this structure there */
  uint32_t window;        /* 4 MiB of addresses with page tables and nothing mapped */
  uint32_t window_tables; /* frame of those tables */
  uint32_t grant_table;   /* virtual address there */
  uint32_t directory;      /* frame of the directory in use */
  uint32_t directory_page; /* and its virtual address there */
  uint32_t page[PROXY_PAGES], frame[PROXY_PAGES];
  /* A command, and what came of it. */
  uint32_t asked, answered; /* counts of commands; the event goes both ways */
  uint32_t command;
  uint32_t args[5];
  int32_t result;
  uint32_t fault; /* status of the fault that a load or store met, or 0 */
  uint8_t data[2048] __attribute__ ((aligned (8)));
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "vault/keeper.h"

/* What the files of the keeper share. */

/* Ends all that runs, in order, tells the client, and ends the keeper. */
_Noreturn void keeper_finish (enum keeper_outcome outcome, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* Finishes with what a program that ended with @status said in @text. */
_Noreturn void keeper_explain (const char *program, int status, const char *text);

/**
 * keeper_start:
 * @end: one end of a FUSE connection, to serve it or to use it
 * @place: the descriptor that the program finds it at
 *
 * Starts a program with the image and the secret at their places.
 */
pid_t keeper_start (char *const *argv, int in, int out, int err, int end, int place);

/* Mends what a crash has left in the file system at KEEPER_PLAIN. A journal needs no more than the kernel's mount, but
 * fuse2fs writes none. Returns what the client is to be told with KEEPER_DONE: "" or KEEPER_MENDED. */
const char *keeper_check (void);

/* Whether nobody but fuse2fs may end the storage daemon: it has things to write to it when the keeper dies suddenly. */
extern bool keeper_mounts;

/* Of the storage daemon. */
extern int keeper_daemon_pidfd;

/* Runs a program to its end, with KEEPER_PLAIN; finishes if its exit status is above @worst. */
void keeper_run (char *const *argv, int worst);

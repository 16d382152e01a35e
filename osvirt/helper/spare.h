/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/seed.h"

/* A session's process that has been started before its client came, with a view that lacks but its workspace: that is a
 * quarter of what opening one takes. */
struct spare {
  pid_t pid;    /* -1: there is none */
  int   socket;
};

#define NO_SPARE { -1, -1 }

/**
 * spare_fork:
 * @spare: (out): the new process, in its parent
 * @seed: (out): of the view that the client may ask for, in the new process
 * @listener: (inout): not kept by the new process
 * @client: (out): the client that it was given, in the new process
 * @owner: (out): the number that came along
 *
 * As fork(), but that the new process returns only when it is given a client; without one it ends when its parent lets it
 * go. What the parent changes in its memory in between it does not see.
 */
pid_t spare_fork (struct spare *spare, const struct host *host, struct seed *seed, int *listener, int *client, unsigned *owner);

/* Gives it a client; it is no spare any more. Returns its pid, or -1 when there is none that can take it. */
pid_t spare_use (struct spare *spare, int client, unsigned owner);

/* Lets it end. */
void spare_drop (struct spare *spare);

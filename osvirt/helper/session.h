/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "launcher/full.h"

/* To a session: the host has changed below its view. Blocked but in session_run(). */
#define SESSION_REFRESH SIGUSR1

/* A user that may open workspaces, and the user namespaces that map ids for it. Made once per user and group. */
struct owner {
  uid_t uid;
  gid_t gid;
  int   folder_ids; /* ids in the user's own folder as the view's: the user's files are uid 0 inside */
  int   vault_ids;  /* ids on a vault's own file system as the user's: uid 0 there is the user */
  int   view_ids;   /* ids on a vault's own file system as the view's: the whole range */
};

/* Makes the namespaces of @owner, whose uid and gid are set. 0, or -1. */
int owner_prepare (struct owner *owner, struct wire_fault *fault);

/**
 * session_run:
 * @socket: the client
 * @helper: our parent; this process ends with it
 * @criu: the program that suspends views
 * @seed: of a view, if there is one; taken over
 * @served: gets a byte when the first request has been answered
 * @test_faults: whether helper_request.fail_step counts
 *
 * Serves one client until it leaves, in a process of its own: whatever it holds for the client ends with that process.
 */
_Noreturn void session_run (int socket, pid_t helper, const struct owner *owner, const struct host *host,
                             const char *criu, const struct seed *seed, int served, bool test_faults);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "launcher/full.h"

/* A view without any privilege: in a user namespace that knows one id. The kernel lets nobody overlay "/" there, so each of
 * the host's top directories is an overlay of its own, on a root that is one of the workspace's over a skeleton. What
 * belongs to the host's root appears as nobody's: it can be read, and changed only where a directory is the workspace's. */

struct reduced_request {
  int                      workspace;  /* directory */
  int                      namespaces[2]; /* user and mount namespace that it is mounted in; -1 for this process's */
  int                      network[2];    /* a user namespace, and the network that it owns; -1 for the host's */
  int                      xauthority; /* -1 for none */
  int                      control;    /* pid 1's end of the socket to its client */
  const struct rules      *rules;      /* not mounted yet */
  const char              *name_server;
  bool                     display;
  unsigned                 fail_step;  /* tests only */
  const char              *hostname, *user;
  const struct filters *filters;
};

/* As full_open(). Changes the working directory, and goes into the namespaces. */
int reduced_open (const struct reduced_request *request, struct full_view *view, struct wire_fault *fault);

/* Tries what a reduced view needs of this host: 0, or -1 with what is missing. */
int reduced_probe (struct wire_fault *fault);

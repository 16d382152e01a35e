/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What warden.c shares with warden-rest.c. */
#pragma once

#include <sys/socket.h>

#include "launcher/warden.h"

enum { MAX_ASKS = 256 };

/* A question that the agent has not answered yet. */
struct ask {
  uint32_t                serial; /* 0: free */
  uint32_t                id;     /* of the sandbox */
  int                     listener;
  uint64_t                cookie; /* the kernel's; not for ASKED_CONNECTION */
  enum asked              kind;
  pid_t                   tid;
  int                     fd, backlog;
  struct sockaddr_storage address;
  socklen_t               length;
  pid_t                   child; /* that connects for it; 0 while it is still asked about */
};

/* Of one filter, which a program and all that it starts share; after a resume each process has its own. */
struct listener {
  struct sandbox *sandbox;
  int             fd;
};

extern struct sandbox  *sandboxes[MAX_SANDBOXES];
extern unsigned         n_sandboxes;
extern struct listener  listeners[MAX_LISTENERS];
extern unsigned         n_listeners;
extern struct ask       asks[MAX_ASKS];
extern bool             warden_rests; /* the listeners are with the owner, or gone */

struct sandbox *warden_find (uint32_t id);
void            warden_add_listener (struct sandbox *sandbox, int fd);
void            warden_drop_listener (unsigned index);
pid_t           warden_process_of (pid_t tid);

/* Calls @visit for each process that is among the mounts of a sandbox. */
int warden_each_process (struct sandbox *sandbox, void (*visit) (pid_t pid, struct sandbox *sandbox, int extra), int extra);

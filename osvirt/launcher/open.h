/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/wire.h"

/* The client's side of a view, in plain C: asks the helper, or an unprivileged launcher of its own, to build one. */

struct view_handle {
  int   pidfd;   /* of pid 1 */
  int   control; /* pid 1's socket; the view lives as long as it is open */
  int   root;    /* the view's root directory */
  pid_t pid;     /* of pid 1, on the host */
};

/**
 * launcher_start:
 * @pid: (out): the launcher; to be reaped by the caller
 *
 * Starts the launcher of the reduced mode, which speaks what the helper speaks. It ends when its socket is closed: a
 * parent-death signal would come when the thread that called this ends.
 *
 * Returns: its socket, or -1
 */
int launcher_start (pid_t *pid, struct wire_fault *fault);

/* What of the host is bound to a new view. All descriptors stay the caller's. */
struct view_bindings {
  int      network[2]; /* the user namespace and the network that it owns, from network_open(); -1 for the host's network */
  int      shared[12]; /* what the rules of the request share, in their order */
  unsigned n_shared;
};

/**
 * network_open:
 * @within: the user namespace that shall own it; -1 for one of its own
 * @network: (out) (array fixed-size=2): a user and a network namespace, with a loopback interface
 *
 * Returns: 0, or -1
 */
int network_open (int within, int *network, struct wire_fault *fault);

/**
 * view_open:
 * @channel: to the helper or a launcher
 * @request: flags and names; the rest is filled in
 * @folder: the workspace's directory; -1 where it is the vault of @channel
 * @namespaces: (nullable) (array fixed-size=2): the user and the mount namespace that @folder is mounted in, for a launcher
 * @bindings: (nullable): a network of its own, and what its rules share
 * @file: an X authority file, or, to resume, the image of a suspended view; -1 for neither
 * @resume: whether @file is an image
 *
 * Returns: 0, or -1
 */
int view_open (int channel, struct helper_request *request, int folder, const int *namespaces,
               const struct view_bindings *bindings, int file, bool resume,
               struct view_handle *view, struct wire_fault *fault);

/**
 * view_ask:
 * @view: (out): has a control socket already: what is sent there is done as soon as the view stands
 *
 * The first half of view_open(), which view_wait() ends.
 *
 * Returns: 0, or -1
 */
int view_ask (int channel, struct helper_request *request, int folder, const int *namespaces, const struct view_bindings *bindings,
              int file, bool resume, struct view_handle *view, struct wire_fault *fault);

/* Waits until the view stands. Releases @view if that fails. 0, or -1 */
int view_wait (int channel, struct view_handle *view, struct wire_fault *fault);

void view_release (struct view_handle *view);

/* A start, as pid 1 takes it. */
struct launch_text {
  uint32_t           serial;
  unsigned           first_fd; /* 0 or 3: what the first descriptor sent along becomes */
  const char        *cwd;
  const char        *log;      /* (nullable) the file in LOG_PATH for what it says, where 1 and 2 are not sent */
  const char *const *argv, *const *envp;
  const char *const *rules; /* (nullable) what its label means: see struct init_message */
};

/* Packs a start for pid 1 into @buffer; returns its length, or 0 if it is too long. */
size_t launch_pack (char *buffer, size_t room, const struct launch_text *text);

/* Takes pid 1's first message, which brings the root directory. 0, or -1. */
int view_wait_ready (struct view_handle *view, struct wire_fault *fault);

/* Pid 1's reason for a failed start as one phrase. */
const char *launch_stage_text (int stage);

/* The host pid of the process behind @pidfd; 0 if it has ended. */
pid_t pidfd_get_host_pid (int pidfd);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/confine.h"
#include "launcher/mounts.h"
#include "launcher/rules.h"

/* What all views of a host share, made once by the root helper: a mount namespace with the stage (overlay.h) and, on it,
 * the host's root with the view's ids (lower), the layer that hides (mask), /dev and /sys; and one with nothing in it, of
 * which every view gets a copy. */
struct host {
  int               own_mounts, stage_mounts, empty_mounts; /* mount namespaces */
  int               own_network;
  int               system_ids;               /* user namespace: the host's system ids as the view's */
  int               init; /* pid 1's program for views that can be suspended; -1 where it is not installed */
  struct filters    filters;
};

/* A view that lacks its workspace; see seed.h. */
struct seed {
  pid_t pid; /* as the host numbers it; -1: there is none */
  int   pidfd;
  int   orders;  /* socket: what the view shall be goes in */
  int   report;  /* pipe: what became of it comes out */
  int   stage;   /* a copy of the stage, as a mount namespace; file systems that the host unmounts are gone from there, too */
};

#define NO_SEED { -1, -1, -1, -1, -1 }

/* What a view is built from; descriptors stay the caller's. */
struct full_request {
  const struct host *host;
  int               *workspace;  /* detached mount with the view's ids; taken over */
  int               *base;       /* (nullable) detached mount with the view's ids that lies below, in place of the host's
                                    root; taken over */
  int               *bundles;    /* detached mounts with the view's ids, between the workspace and what is below; taken over */
  unsigned           n_bundles;  /* at most MAX_BUNDLES */
  int                xauthority; /* -1 for none */
  struct rules      *rules;      /* (nullable) their mounts are detached; taken over */
  const char        *rules_text; /* (nullable) (array length=WIRE_RULES_MAX): what they were parsed from */
  struct seed       *seed;       /* made for it; taken over */
  int                control;    /* pid 1's end of the socket to its client */
  int                network;    /* namespace; -1 for the host's */
  void             (*born) (pid_t pid, void *data); /* (nullable) called with pid 1 before anything can be started in the view */
  void              *data;
  const char        *name_server; /* (nullable) on that network; "" for none */
  bool               display;
  bool               suspendable; /* pid 1 is a program of its own, as CRIU needs it */
  bool               carried;     /* below the workspace lie files that it has carried along, CARRIED_FILES */
  unsigned           fail_step;  /* tests only */
  const char        *hostname, *user;
};

struct full_view {
  pid_t pid; /* pid 1 as the host numbers it */
  int   pidfd;
  int   control; /* the client's end of the socket to pid 1; -1 where the client has made that socket, and has it already */
  int   stage;   /* mount namespace that the layers were made in; in one that can be suspended they are attached there, at
                    STAGE_ROOT. Closing the last descriptor takes the kernel half a millisecond. */
  int   work;    /* for workdir_clean(), when the client has its view; -1 */
};

#define NO_VIEW { -1, -1, -1, -1, -1 }

/* Makes what all views share. 0, or -1. */
int host_prepare (struct host *host, struct wire_fault *fault);

/**
 * full_open:
 * @view: (out): the new view
 *
 * Builds a view with the whole id range over the host's root, or over a base, and its pid 1, which dies with the calling
 * process.
 * Nothing stays when it fails.
 *
 * Returns: 0, or -1
 */
int full_open (const struct full_request *request, struct full_view *view, struct wire_fault *fault);

/**
 * full_stage:
 * @view: (out): nothing but the stage
 *
 * Does as much as is needed to bring a suspended view back: its layers, and no process.
 */
int full_stage (const struct full_request *request, struct full_view *view, struct wire_fault *fault);

/* Takes the last descriptor of HELPER_VIEW_OPEN, pid 1's end of the socket to the client, from @fds; the caller closes it. -1 if it
 * is no such socket. */
int take_control (const int *fds, unsigned *n_fds, struct wire_fault *fault);

/* The part that both modes share: waits until pid 1 reports over @report, which is closed then.
 * 0 when the view stands, or -1 with its fault. */
int wait_for_view (int report, struct wire_fault *fault);

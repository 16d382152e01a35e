/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "launcher/confine.h"
#include "launcher/mounts.h"
#include "launcher/rules.h"

enum { MAX_LAYERS = 24 };

/* File systems that a view has to itself, whatever workspace it is of. */
enum { OWN_PROC, OWN_TERMINALS, OWN_SHARED_MEMORY, OWN_TMP, OWN_RUN, N_OWN };

/* An overlay at a path of the host: "" for the root, "usr" or "var/lib/x" for a mount of its own. */
struct layer {
  char path[256];
  int  mount; /* detached; -1 once attached */
};

/* What a new process needs to become a view. All mounts are detached until it attaches them. */
struct inside {
  struct layer              layers[MAX_LAYERS]; /* the root first, then by rising path */
  unsigned                  n_layers;
  int                       own[N_OWN]; /* from inside_prepare(); -1 */
  int                       dev, sys, home[2];
  int                       log;        /* -1: the workspace keeps none */
  int                       x11;        /* -1: no display */
  int                       xauthority; /* a file, -1 for none */
  int                       resolver;   /* the host's /etc/resolv.conf, opened; -1 for none */
  struct rules              rules;
  bool                      own_network;
  char                      name_server[WIRE_NAME_MAX]; /* on a network of its own; "" for none */
  int                       control;    /* pid 1's end of the socket to its client */
  int                       report;     /* pipe: a struct wire_fault goes out, error 0 when the view stands */
  char                      hostname[WIRE_NAME_MAX], user[WIRE_NAME_MAX];
  const struct filters     *filters;
  bool                      mapped;     /* ids above 0 exist inside */
  bool                      display;    /* programs talk to an X server of the host's */
  bool                      isolated;   /* the root is not the host's: what programs need of the host is put in */
  int                       init;       /* the program of pid 1, opened; -1: this one goes on as pid 1 */
  bool                      bind_nodes; /* dev is empty: the host's device nodes are bound in */
  bool                      bare;       /* the mount namespace holds nothing of the host: no old root has to be left */
  unsigned                  fail_at;    /* tests only: the step that fails, from 1 */
};

/* How many steps inside_prepare() has, which come before those of inside_run(). */
enum { INSIDE_PREPARING = 2 };

/* Nothing yet: no descriptor. */
void inside_clear (struct inside *inside);

/* Copies the names, which the caller has checked. @name_server: (nullable): of a network of its own; "" for none */
void inside_name (struct inside *inside, const char *hostname, const char *user, const char *name_server);

/* What the workspace mounted at STAGE_WORKSPACE gives: home and log. 0, or -1. */
int  inside_collect (struct inside *inside, struct wire_fault *fault);
void inside_close_collected (struct inside *inside);

/**
 * inside_prepare:
 *
 * What can be done before it is known which workspace the view is of: the calling process, alone in new namespaces, becomes
 * root in its user namespace and makes the file systems of inside->own. A failure is reported, and ends it.
 */
void inside_prepare (struct inside *inside);

/**
 * inside_run:
 *
 * Turns the calling process into a view, after inside_prepare(), reports over inside->report, and goes on as its pid 1.
 */
_Noreturn void inside_run (struct inside *inside);

/* Reports @fault and ends this process. */
_Noreturn void inside_give_up (struct inside *inside, const struct wire_fault *fault);

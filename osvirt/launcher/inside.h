/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "launcher/confine.h"
#include "launcher/mounts.h"
#include "launcher/rules.h"

enum { MAX_LAYERS = 24 };

/* An overlay at a path of the host: "" for the root, "usr" or "var/lib/x" for a mount of its own. */
struct layer {
  char path[256];
  int  mount; /* detached; -1 once attached */
};

/* What a new process needs to become a view. All mounts are detached until it attaches them. */
struct inside {
  struct layer              layers[MAX_LAYERS]; /* the root first, then by rising path */
  unsigned                  n_layers;
  int                       dev, sys, home[2];
  int                       log;        /* -1: the workspace keeps none */
  int                       x11;        /* -1: no display */
  int                       xauthority; /* a file, -1 for none */
  int                       resolver;   /* the host's /etc/resolv.conf, opened; -1 for none */
  struct rules              rules;
  const char               *name_server; /* (nullable) of a network of its own; "" for none */
  int                       control;    /* pid 1's end */
  int                       report;     /* pipe: a struct wire_fault goes out, error 0 when the view stands */
  const char               *hostname, *user;
  const struct filters     *filters;
  bool                      mapped;     /* ids above 0 exist inside */
  bool                      display;    /* programs talk to an X server of the host's */
  bool                      isolated;   /* the root is not the host's: what programs need of the host is put in */
  int                       init;       /* the program of pid 1, opened; -1: this one goes on as pid 1 */
  bool                      bind_nodes; /* dev is empty: the host's device nodes are bound in */
  bool                      bare;       /* the mount namespace holds nothing of the host: no old root has to be left */
  unsigned                  fail_at;    /* tests only: the step that fails, from 1 */
};

/* What the workspace mounted at STAGE_WORKSPACE gives: home and log. 0, or -1. */
int  inside_collect (struct inside *inside, struct wire_fault *fault);
void inside_close_collected (struct inside *inside);

/**
 * inside_run:
 *
 * Turns the calling process, alone in new namespaces and root in its user namespace, into a view, reports over
 * inside->report, and goes on as its pid 1.
 */
_Noreturn void inside_run (struct inside *inside);

/* Reports @fault and ends this process. */
_Noreturn void inside_give_up (struct inside *inside, const struct wire_fault *fault);

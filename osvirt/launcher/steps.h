/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/wire.h"

/* Building a view is a list of steps, each with its undo. */
struct step {
  const char *name;
  int (*run) (void *data, struct wire_fault *fault); /* 0, or -1 with the fault said */
  void (*undo) (void *data);                         /* NULL where there is nothing to take back */
};

/**
 * steps_run:
 * @steps: list that ends with a NULL name
 * @fail_at: from 1: the step that fails instead of running, for tests; 0 for none
 *
 * Runs the steps in order. When one fails, the undo of it and of those before it run in reverse order; so an undo must
 * bear that its step was done in part.
 *
 * Returns: 0, or -1
 */
int steps_run (const struct step *steps, void *data, unsigned fail_at, struct wire_fault *fault);

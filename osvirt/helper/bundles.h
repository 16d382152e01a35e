/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "helper/loop.h"
#include "launcher/full.h"
#include "suspend/externals.h"

/* The bundles of one workspace: images of apps that lie between its own files and what is below. */
struct bundles {
  unsigned    n;
  struct loop loops[MAX_BUNDLES];
  int         mounts[MAX_BUNDLES]; /* detached, read-only, with the view's ids */
};

/**
 * bundles_mount:
 * @workspace: its directory
 * @userns: the view's ids
 * @beside: those that are not to be layers
 *
 * Mounts the images in BUNDLE_FOLDER, by name, as many as there is room for. One that is damaged is left out, and said on
 * standard error: the rest of the workspace is of use without it.
 */
void bundles_mount (struct bundles *bundles, int workspace, int userns, const struct beside *beside);

/* Closes the mounts; the views that have them go on. */
void bundles_close (struct bundles *bundles);

/* Waits until the last view has let go of them; 0, or -1 after @timeout_ms for each. */
int bundles_wait_free (struct bundles *bundles, int timeout_ms);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "launcher/mounts.h"
#include "launcher/rules.h"

/* The mounts of a view that CRIU does not bring back itself: the helper has them in the stage, or makes them again there. Which
 * ones there were is in the image. */
struct external {
  struct external *next;
  char             place[PATH_MAX]; /* inside */
  char             base[PATH_MAX];  /* the place of the mount that it shows a part of; "" where that is none of the view's own */
  char             rest[PATH_MAX];  /* which part, without its first slash */
  bool             read_only;
};

/* Notes those of the view of pid 1 @init in the image's folder. @shares: what is shared with it, which is not CRIU's to save even if
 * it is of a type that it can */
int externals_write (int image, pid_t init, const struct rules *shares, struct wire_fault *fault);

/* Those noted there; freed with the process that asks. */
struct external *externals_read (int image);

/**
 * external_source:
 * @external: a mount that was in the view
 * @shares: what is shared with the view, as detached mounts, which this attaches in the stage at the first time
 * @source: (out) (array length=room): where in the stage, which this process is in, it lies
 *
 * Returns: 0, or -1 if it is not there any more
 */
int external_source (const struct external *external, const struct rules *shares, char *source, size_t room);

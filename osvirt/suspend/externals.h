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
  int              mount;           /* of a bundle beside the layers: detached; -1 */
};

/* Bundles that lie beside the layers of a view, by their names in LIVE_BUNDLES. */
enum { MAX_BESIDE = 64 };

struct beside {
  unsigned n;
  char     names[MAX_BESIDE][NAME_MAX + 1];
  int      mounts[MAX_BESIDE]; /* detached; -1 once a view has it */
};

/* Notes those of the view of pid 1 @init in the image's folder. @shares: what is shared with it, which is not CRIU's to save even if
 * it is of a type that it can */
int externals_write (int image, pid_t init, const struct rules *shares, struct wire_fault *fault);

/* Those noted there; freed with the process that asks. */
struct external *externals_read (int image);

/* Takes what @externals need of the bundles beside the layers: out of @beside, or where that is NULL out of the view of @init, which
 * stands. To be called before the stage is entered, and by nobody who goes back. 0, or -1 if one is not there. */
int externals_take_beside (struct external *externals, struct beside *beside, pid_t init);

/**
 * external_source:
 * @external: a mount that was in the view
 * @shares: what is shared with the view, as detached mounts, which this attaches in the stage at the first time
 * @source: (out) (array length=room): where in the stage, which this process is in, it lies
 *
 * Returns: 0, or -1 if it is not there any more
 */
int external_source (struct external *external, const struct rules *shares, char *source, size_t room);

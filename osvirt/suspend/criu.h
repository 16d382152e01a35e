/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "suspend/externals.h"

/* CRIU on one view, run by the root helper. */
struct criu {
  const char *program; /* absolute path, or a name to look for in PATH */
  int         stage;   /* mount namespace with the view's layers */
  int         image;   /* directory of the images: a file system of the helper's own, nobody else reaches it */
  pid_t       init;    /* pid 1 of the view; for a dump and a trial */
  int         network; /* namespace that the view is in; -1 for the host's */
  const struct rules *shares; /* what is shared with the view */
  bool        verbose; /* CRIU notes what it is at, which takes it a tenth of the time: to find the culprit of what has failed before */
  struct beside *beside; /* of a view that is to come back: what lies beside its layers */
};

/* A file system for images and log files, as big as half the memory. Its modes let the view's ids read, because CRIU does
 * that with them; but it is attached only where no process of a view gets to. A detached mount, or -1. */
int criu_new_image (struct wire_fault *fault);

/* Whether @program is there and new enough for this kernel, and that has what it needs. 0, or -1 with what is missing: ENOPKG where
 * it is CRIU, ENOSYS where it is the kernel's part. */
int criu_probe (const char *program, struct wire_fault *fault);

/* The same, and asks CRIU what it thinks of this kernel, which takes longer. Tells it in its own words. */
int criu_check (const char *program, struct wire_fault *fault);

/**
 * criu_dump:
 * @culprit: (out): pid inside of the process that is in the way; 0 where none is
 *
 * Writes the processes of the view to the image and leaves them stopped. When it fails they go on. The fault is EINTR where somebody
 * has ended CRIU, here and below.
 */
int criu_dump (const struct criu *criu, pid_t *culprit, struct wire_fault *fault);

/**
 * criu_restore:
 * @trial: only to see whether it works: in a network of its own
 * @pid: (out): pid 1, a child of this process
 * @culprit: (out): as for criu_dump()
 *
 * Brings the image back, with every process stopped. Where it fails nothing of it is left. To be called in a child of the helper's main
 * process; takes back that it ends with that one.
 */
int criu_restore (const struct criu *criu, bool trial, pid_t *pid, pid_t *culprit, struct wire_fault *fault);

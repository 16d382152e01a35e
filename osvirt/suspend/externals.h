/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/mounts.h"

/* The mounts of a view that CRIU does not bring back itself: the helper has them in the stage. Which ones there were is
 * in the image. */
struct external {
  struct external *next;
  char             place[256]; /* inside */
};

/* Notes those of the view of pid 1 @init in the image's folder. */
int externals_write (int image, pid_t init, struct wire_fault *fault);

/* Those noted there; freed with the process that asks. */
struct external *externals_read (int image);

/* Where in the stage, which this process is in, the mount for @place lies; 0, or -1 if there is none. */
int external_source (const char *place, char *source, size_t room);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/wire.h"

/* An image that is packed while it is being tried: into memory, as there is no file for it before the trial has gone well. */
struct archive_ahead {
  pid_t packer; /* -1: none */
  int   packed; /* memory; -1 */
};

#define NO_ARCHIVE_AHEAD { .packer = -1, .packed = -1 }

/* Begins, in a process of its own, with the files that @folder has now. Where that cannot be, the end does it all. */
void archive_ahead_begin (struct archive_ahead *self, int folder);

/* What archive_pack() does, with what has been done ahead. 0, or -1. */
int archive_ahead_finish (struct archive_ahead *self, int folder, int out, struct wire_fault *fault);

/* Drops what has been done ahead. */
void archive_ahead_end (struct archive_ahead *self);

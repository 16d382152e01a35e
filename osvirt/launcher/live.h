/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/wire.h"

/* Bundles that come while the view stands. Called by pid 1. */

/**
 * live_mount:
 * @name: (array length=length): what INIT_MOUNT gives: a name with its NUL
 * @fds: (array length=n_fds): one detached mount
 *
 * Attaches it in LIVE_BUNDLES. Returns 0, or an errno value.
 */
int live_mount (const char *name, long length, const int *fds, unsigned n_fds);

/* Takes it out again: EBUSY while something uses it. */
int live_unmount (const char *name, long length);

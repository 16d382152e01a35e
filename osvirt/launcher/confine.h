/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>

#include "launcher/wire.h"

/* What programs of a workspace may not do, whoever they are inside: a bounded capability set, no new privileges, and a
 * seccomp filter. Both modes use the same, but for setgroups(). */

/**
 * confine_prepare:
 * @program: (out): the compiled filter; lives as long as this process
 * @one_id: the view has a single user and group, so that setgroups() can only be pretended to
 *
 * Compiles the filter once (a few hundred microseconds), so that each view only loads it.
 *
 * Returns: 0, or -1
 */
int confine_prepare (struct sock_fprog *program, bool one_id, struct wire_fault *fault);

/* Confines this process and all that it will start, for good. */
int confine_apply (const struct sock_fprog *program, struct wire_fault *fault);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "launcher/wire.h"

/* The mask is an overlay layer between the workspace and the host's root. uid 0 of a view has the rights of the host's
 * system users over the lower layer's files, for its packages to install; so whatever the host keeps from other users
 * (keys in /etc, the shadow file, spools, people's homes) is removed from sight by a whiteout there. */

/* Builds the mask from the host's tree as this process sees it; returns a detached mount, or -1. */
int mask_build (struct wire_fault *fault);

/* Whether a directory that was looked at has changed since mask_build(). */
bool mask_is_stale (void);

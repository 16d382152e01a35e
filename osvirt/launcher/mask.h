/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "launcher/wire.h"

/* The mask is an overlay layer between the workspace and the host's root. uid 0 of a view has the rights of the host's
 * system users over the lower layer's files, for its packages to install; so whatever the host keeps from other users
 * (keys in /etc, the shadow file, spools, people's homes) is removed from sight by a whiteout there. */

/* What follows a name in the shadow files that everybody gets. */
#define MASK_SHADOW  ":*:19000:0:99999:7:::"
#define MASK_GSHADOW ":*::"

/* Builds the mask from the host's tree as this process sees it; returns a detached mount, or -1. To be called once. */
int mask_build (struct wire_fault *fault);

/* Follows the host: what has become private since is hidden, in the views that stand, too. Returns whether anything in the
 * folders that are looked at has changed: then views should look again (refresh.h). Does not wait. */
bool mask_follow (void);

/* A descriptor that is ready to be read when mask_follow() has something to do. */
int mask_get_watch (void);

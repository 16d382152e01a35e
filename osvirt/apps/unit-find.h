/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/root-dir.h"

G_BEGIN_DECLS

/* Where a user keeps units, below the home folder. */
#define UNIT_FIND_HOME ".config/systemd/user"

/**
 * unit_find:
 * @root: a workspace's root
 * @name: a unit's name with its suffix
 * @otherwise: (nullable): where it is if the usual folders do not have it
 *
 * Looks for a unit, and for its drop-ins, where systemd would for one of a user: see systemd.unit(5).
 *
 * Returns: (transfer full) (element-type GBytes) (nullable): the unit and its drop-ins in their order; empty if somebody has masked
 *   it; %NULL if there is none
 */
GPtrArray *unit_find (const RootDir *root, const char *name, const char *otherwise);

/* Returns: (transfer full) (element-type utf8): what a folder has with that ending, in the order of names; at most @most */
GPtrArray *unit_find_names (const RootDir *root, const char *folder, const char *suffix, guint most);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "suspend/tree.h"

enum { MAX_MARKS = 200 };

/**
 * marks_find:
 * @tree: the processes of a view
 * @paths: (out) (array length=MAX_MARKS): (transfer full): paths inside
 *
 * Finds the paths that inotify watches on the overlays of a view stand for. CRIU cannot ask overlayfs for them, and is
 * told where to look. To be called in the view's stage. Those that matter least to search come first.
 *
 * Returns: how many
 */
unsigned marks_find (const struct tree *tree, char **paths);

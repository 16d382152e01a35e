/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "suspend/tree.h"

/* Writes the paths, each ended by a NUL, of the files on overlays of a view that its processes have mapped, run or open, and of the folders they are in: what
 * another host must have, too, if the view shall go on there. */
void files_write (const struct tree *tree, FILE *out);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "suspend/tree.h"

/**
 * obstacles_write:
 * @tree: the processes of a view
 * @out: gets one line for each thing found: weight, pid in the view, word, process name, detail; separated by tabs, no
 *   control characters
 *
 * Looks for what keeps a view from being suspended ("stop"), and for what will be different after it ("loss"). It only
 * reads; nothing of the view notices. The connection of pid 1 is no obstacle, it ends before; nor are those of VNC viewers,
 * which must be ended before, too ("viewer").
 * The words: see ../agent/suspend-obstacles.c, which puts them into sentences.
 */
void obstacles_write (const struct tree *tree, FILE *out);

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
 * reads; nothing of the view notices. Connections of pid 1 and of VNC viewers are no obstacle: they end before.
 * The words: see ../agent/suspend-obstacles.c, which puts them into sentences.
 */
void obstacles_write (const struct tree *tree, FILE *out);

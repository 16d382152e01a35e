/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/sandbox.h"

/* Makes the shade at a place of the calling process's mounts, and the directory over it if its level says so. A
 * directory that is missing is made: what is labelled must not come later without its label. */
int place_make (struct place *place);

/* The directory of a place as the caller sees it, as a detached mount of that level. */
int place_clone (const struct place *place, char level);

/* In the program's mounts: takes the place to @level. @real: from place_clone(); taken over where it is used. */
int place_change (struct place *place, char level, int *real);

/* In the mounts of @member's sandbox, which CRIU has made anew: notes what the place has become. 0, or -1. */
int place_refind (struct place *place, pid_t member);

/**
 * place_find:
 * @sandbox: whose places
 * @tid: a thread of it
 * @dir: the descriptor that @path is relative to, or AT_FDCWD
 * @path: as the thread gave it
 * @beneath: (out): whether it goes on below the place
 *
 * Walks along a path with the thread's root and directory until it comes to a place. What it finds decides only
 * whether to ask; what a program reaches is decided by the mounts.
 *
 * Returns: the place's index, or -1
 */
int place_find (const struct sandbox *sandbox, pid_t tid, int dir, const char *path, bool *beneath);

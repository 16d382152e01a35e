/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/sandbox.h"

/* Whether inject_sandbox() knows this machine's registers; where it does not, what has a label is ended by a resume. */
extern const bool inject_is_supported;

/**
 * inject_sandbox:
 * @pid: a process that is stopped and has none of its sandbox but the mounts: a resume loses the rest without a word
 * @sandbox: its sandbox
 * @filters: the filters of pid 1, which calls this
 *
 * Makes the process confine itself as sandbox_enter() did, with all of its threads, before it runs an instruction of its own: it is
 * traced, makes the system calls that it has to at an instruction of the kernel's in its memory, and gets its registers back.
 *
 * Returns: the listener of its filter, close-on-exec and beyond what programs get; -1: it must not go on
 */
int inject_sandbox (pid_t pid, const struct sandbox *sandbox, const struct filters *filters);

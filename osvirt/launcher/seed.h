/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/full.h"
#include "launcher/inside.h"

/**
 * seed_start:
 * @network: namespace that it is born into; -1 for the host's
 * @fail_at: tests only: the step of inside_prepare() that fails, from 1
 * @seed: (out)
 *
 * Makes a view that lacks its workspace: a process in namespaces of its own, with the file systems that every view has to
 * itself, which waits for the rest. That can be done before anybody asks for a view. It dies with the process that made it.
 *
 * Returns: 0, or -1; a failure inside is told by seed_grow()
 */
int seed_start (const struct host *host, int network, unsigned fail_at, struct seed *seed, struct wire_fault *fault);

/* A mount namespace with the stage as all views share it, for one of them to be put together in. A descriptor, or -1. */
int stage_copy (const struct host *host, struct wire_fault *fault);

/**
 * seed_grow:
 * @inside: what the view is built from; its descriptors stay the caller's
 * @rules: (nullable) (array length=WIRE_RULES_MAX): the text that inside->rules come from
 *
 * Makes it a view, and waits until that stands. The process stays in @seed.
 *
 * Returns: 0, or -1
 */
int seed_grow (struct seed *seed, struct inside *inside, const char *rules, struct wire_fault *fault);

/* Ends it, and waits for that. */
void seed_drop (struct seed *seed);

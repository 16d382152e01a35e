/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/wire.h"

/**
 * image_inspect:
 * @folder: an unpacked image
 *
 * An image comes from the user's own medium, and CRIU, which runs as root, does what it says. So before: every process in
 * it must be in the user namespace that the image brings itself, whose ids are those of a view, and in mount, pid, IPC and
 * UTS namespaces that it brings, too. Then nothing in it runs with a right over the host.
 *
 * Returns: 0, or -1 with EBADMSG
 */
int image_inspect (int folder, struct wire_fault *fault);

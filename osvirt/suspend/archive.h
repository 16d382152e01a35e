/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/wire.h"

/* A folder of plain files as one compressed file: a tar archive (ustar) in a zstd frame with a checksum, which
 * “tar --zstd -t” lists. */

/* Writes the files of @folder, but for logs and statistics, to @out from where that stands. 0, or -1. */
int archive_pack (int folder, int out, struct wire_fault *fault);

/* Reads @in to its end into @folder, which is empty. Whatever is no such archive, or damaged, is EBADMSG. 0, or -1. */
int archive_unpack (int in, int folder, struct wire_fault *fault);

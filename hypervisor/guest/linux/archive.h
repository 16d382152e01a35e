/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINUX_ARCHIVE_H
#define LINUX_ARCHIVE_H

#include <stdint.h>

/* Unpacks a cpio archive ("newc") into the root directory; NULL, or what is wrong with it. */
const char *archive_unpack (const char *bytes, uint32_t length);

#endif

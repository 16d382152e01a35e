/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The web server's table of files that are linked in: there are none. */
#define FS_ROOT     NULL
#define FS_NUMFILES 0

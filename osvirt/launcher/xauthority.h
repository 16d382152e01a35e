/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * xauthority_for_any_host:
 * @file: an X authority file
 *
 * Copies its entries so that they hold under any host name: inside a view it is another one than the X server's.
 *
 * Returns: descriptor of a memory file, or -1 with errno (EBADMSG: not an X authority file)
 */
int xauthority_for_any_host (int file);

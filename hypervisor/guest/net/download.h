/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP GET: what comes is measured, not kept. */
#ifndef NET_DOWNLOAD_H
#define NET_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* Starts to fetch http://HOST[:PORT][/PATH] and says on the console how it went: length, time and
   SHA-256 of the body. -> false where another is under way, or the address is none; it says so. */
bool download_start (const char *url);
bool download_running (void);
/* Shows how far it has come, now and then. */
void download_poll (void);

#endif

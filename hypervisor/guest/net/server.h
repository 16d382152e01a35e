/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_SERVER_H
#define NET_SERVER_H

/* Starts the web server on port 80; once is enough. */
void server_start (void);

#endif

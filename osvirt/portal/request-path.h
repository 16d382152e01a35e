/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * portal_request_path:
 * @client: the unique name of who asks
 * @options: (type a{sv}): what it asks with
 *
 * Returns: (transfer full): where the client looks for the answer: made of its own name and of a word that it may choose
 */
char *portal_request_path (const char *client, GVariant *options);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A unix socket that takes connections of our own user and of root, and that is removed with it. */
typedef struct _DmcListener DmcListener;

typedef void (*DmcListenerFunc) (GSocketConnection *stream, gpointer user_data);

DmcListener *
dmc_listener_new (const char *path, DmcListenerFunc func, gpointer user_data, GError **error);
void         dmc_listener_free (DmcListener *self);

/* The address of a socket, with a helpful error where the path is too long for one: (transfer
 * full) */
GSocketAddress *dmc_socket_address_new (const char *path, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/listener.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/error.h"
#include "rpc/message.h"

/* A client with a time limit is refused by the kernel at once when this many wait; take all it
 * allows. */
#define BACKLOG SOMAXCONN
/* How long to wait after running out of descriptors, in ms; accepting again at once would spin. */
#define PAUSE_MS 100

struct _DmcListener {
  GSocket        *socket;
  GSource        *source;
  guint           pause;
  char           *path;
  dev_t           device; /* of our socket file, so that nobody else's is removed */
  ino_t           inode;
  DmcListenerFunc func;
  gpointer        user_data;
};

static void watch (DmcListener *self);

/**
 * dmc_socket_address_new: (skip)
 * @path: a socket's path
 * @error: DMC_ERROR_IO where it is too long
 *
 * Returns: (transfer full) (nullable): the address
 */
GSocketAddress *
dmc_socket_address_new (const char *path, GError **error)
{
  struct sockaddr_un address;

  if (strlen (path) >= sizeof address.sun_path) {
    g_propagate_error (error,
                       dmc_error_new (DMC_ERROR_IO, "Choose a shorter DOMICILE_RUNTIME_DIR",
                                      "The path %s is longer than a socket's may be (%zu bytes)",
                                      path, sizeof address.sun_path - 1));
    return NULL;
  }
  return g_unix_socket_address_new (path);
}

/* --- making room ------------------------------------------------------------------------------ */

static gboolean
make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The folder %s cannot be made: %s",
                                           folder, g_strerror (errno)));
  return FALSE;
}

/* A socket that nobody listens to was left behind by a process that died. */
static gboolean
remove_stale (GSocketAddress *address, const char *path, GError **error)
{
  g_autoptr (GSocket) probe = NULL;
  g_autoptr (GError) why = NULL;
  struct stat st;

  if (lstat (path, &st) != 0)
    return TRUE;
  if (!S_ISSOCK (st.st_mode)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_EXISTS, "Remove it, or choose another place",
                                             "%s exists and is not a socket", path));
    return FALSE;
  }
  probe
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (probe == NULL)
    return FALSE;
  g_socket_set_blocking (probe, FALSE);
  g_socket_connect (probe, address, NULL, &why);
  if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) {
    g_propagate_error (error,
                       dmc_error_new (DMC_ERROR_EXISTS,
                                      "Stop it first, or choose another DOMICILE_RUNTIME_DIR",
                                      "Another process serves %s already", path));
    return FALSE;
  }
  g_unlink (path);
  return TRUE;
}

/* --- clients ---------------------------------------------------------------------------------- */

static gboolean
is_trusted (GSocket *client)
{
  g_autoptr (GCredentials) credentials = g_socket_get_credentials (client, NULL);
  uid_t uid;

  if (credentials == NULL)
    return FALSE;
  uid = g_credentials_get_unix_user (credentials, NULL);
  return uid == geteuid () || uid == 0;
}

static void
turn_away (GSocket *client)
{
  g_autoptr (GError) error
      = dmc_error_new (DMC_ERROR_DENIED, NULL, "This endpoint serves another user");
  g_autoptr (GString) text = g_string_new (NULL);

  dmc_message_append_error (text, NULL, error);
  g_string_append_c (text, '\n');
  g_socket_send (client, text->str, text->len, NULL, NULL);
  g_socket_close (client, NULL);
}

static gboolean
resume (gpointer data)
{
  DmcListener *self = data;

  self->pause = 0;
  watch (self);
  return G_SOURCE_REMOVE;
}

static gboolean
client_waits (GSocket *socket, GIOCondition condition, gpointer data)
{
  DmcListener *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) client = g_socket_accept (socket, NULL, &error);
  g_autoptr (GSocketConnection) stream = NULL;

  if (client == NULL) {
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      return G_SOURCE_CONTINUE;
    g_warning ("A client cannot be taken: %s", error->message);
    g_clear_pointer (&self->source, g_source_unref);
    self->pause = g_timeout_add (PAUSE_MS, resume, self);
    return G_SOURCE_REMOVE;
  }
  g_socket_set_blocking (client, FALSE);
  if (!is_trusted (client)) {
    turn_away (client);
    return G_SOURCE_CONTINUE;
  }
  stream = g_socket_connection_factory_create_connection (client);
  self->func (stream, self->user_data);
  return G_SOURCE_CONTINUE;
}

static void
watch (DmcListener *self)
{
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (client_waits), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

/* --- life ------------------------------------------------------------------------------------- */

static gboolean
bind_socket (DmcListener *self, GSocketAddress *address, GError **error)
{
  g_autoptr (GError) why = NULL;
  struct stat st;

  self->socket
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (self->socket == NULL)
    return FALSE;
  g_socket_set_blocking (self->socket, FALSE);
  g_socket_set_listen_backlog (self->socket, BACKLOG);
  /* Linux gives the socket's own mode to the file that bind() makes, so it is never open to others.
   */
  if (fchmod (g_socket_get_fd (self->socket), 0600) == 0
      && g_socket_bind (self->socket, address, TRUE, &why) && g_socket_listen (self->socket, &why)
      && lstat (self->path, &st) == 0) {
    self->device = st.st_dev;
    self->inode = st.st_ino;
    return TRUE;
  }
  g_propagate_error (error,
                     dmc_error_new (DMC_ERROR_IO, NULL, "The socket %s cannot be made: %s",
                                    self->path, why != NULL ? why->message : g_strerror (errno)));
  return FALSE;
}

/**
 * dmc_listener_new: (skip)
 * @path: where to listen
 * @func: told of each client, on the thread-default main context
 * @user_data: handed to it
 * @error: DMC_ERROR_EXISTS or DMC_ERROR_IO
 *
 * Returns: (transfer full) (nullable): a listener
 */
DmcListener *
dmc_listener_new (const char *path, DmcListenerFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GSocketAddress) address = dmc_socket_address_new (path, error);
  DmcListener *self;

  if (address == NULL || !make_folder (path, error) || !remove_stale (address, path, error))
    return NULL;
  self = g_new0 (DmcListener, 1);
  self->path = g_strdup (path);
  self->func = func;
  self->user_data = user_data;
  if (!bind_socket (self, address, error)) {
    dmc_listener_free (self);
    return NULL;
  }
  watch (self);
  return self;
}

/**
 * dmc_listener_free: (skip)
 * @self: a listener
 *
 * Stops listening and removes the socket, if it is still ours.
 */
void
dmc_listener_free (DmcListener *self)
{
  struct stat st;

  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_handle_id (&self->pause, g_source_remove);
  if (self->inode != 0 && lstat (self->path, &st) == 0 && st.st_dev == self->device
      && st.st_ino == self->inode)
    g_unlink (self->path);
  g_clear_object (&self->socket);
  g_free (self->path);
  g_free (self);
}

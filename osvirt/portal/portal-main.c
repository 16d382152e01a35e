/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-portal NAME SERVICE...: what apps of the workspace NAME may ask of the host's desktop. Descriptors: 3 a SEQPACKET
 * socket, which gets one byte when it is ready and ends it when it is closed; 4 a connection to the workspace's session bus,
 * on which nothing has been said. */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <sys/socket.h>

#include "portal/desktop-portal.h"
#include "portal/host-proxy.h"
#include "portal/inside-portals.h"
#include "portal/notifications.h"

enum { SOCKET = 3, BUS = 4 };

static const struct {
  const char *word;
  PortalService service;
} services[] = {
  { "notifications", PORTAL_NOTIFICATIONS },
  { "appearance", PORTAL_APPEARANCE },
  { "links", PORTAL_LINKS },
};

static PortalService
find_service (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    if (g_str_equal (services[i].word, word))
      return services[i].service;
  return 0;
}

/* The bus is of another user namespace: it goes by what the kernel says of us, not by what we say. */
static GDBusConnection *
connect_inside (GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (BUS, error);
  g_autoptr (GSocketConnection) stream = NULL;

  if (socket == NULL)
    return NULL;
  stream = g_socket_connection_factory_create_connection (socket);
  return g_initable_new (G_TYPE_DBUS_CONNECTION, NULL, error, "stream", stream, "flags",
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION
                             | G_DBUS_CONNECTION_FLAGS_CROSS_NAMESPACE,
                         NULL);
}

/* One of the workspace's own may have the name already, and may take it over: then apps talk to that. */
static gboolean
take_name (GDBusConnection *inside, const char *name, GError **error)
{
  enum { ALLOW_REPLACEMENT = 1, DO_NOT_QUEUE = 4 };
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (inside, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                            "org.freedesktop.DBus", "RequestName",
                                                            g_variant_new ("(su)", name, ALLOW_REPLACEMENT | DO_NOT_QUEUE),
                                                            G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, PORTAL_CALL_MS, NULL, error);

  return reply != NULL;
}

static gboolean
on_agent (int fd, GIOCondition condition, gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
serve (const char *name, PortalService wanted, GError **error)
{
  g_autoptr (GDBusConnection) inside = connect_inside (error);
  g_autoptr (GDBusConnection) host = inside != NULL ? host_proxy_connect (wanted, error) : NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  PortalBuses buses = { inside, host, name };
  Notifications *notifications = NULL;

  if (host == NULL)
    return FALSE;
  g_unix_fd_add (SOCKET, G_IO_IN | G_IO_HUP | G_IO_ERR, on_agent, loop);
  g_signal_connect_swapped (inside, "closed", G_CALLBACK (g_main_loop_quit), loop);
  g_signal_connect_swapped (host, "closed", G_CALLBACK (g_main_loop_quit), loop);
  if (wanted & PORTAL_NOTIFICATIONS) {
    notifications = notifications_new (&buses, error);
    if (notifications == NULL || !take_name (inside, NOTIFICATIONS_NAME, error))
      return FALSE;
  }
  if (wanted & (PORTAL_APPEARANCE | PORTAL_LINKS))
    if (!desktop_portal_start (&buses, wanted, error) || !inside_portals_start (inside, error) || !take_name (inside, PORTAL_NAME, error))
      return FALSE;
  if (send (SOCKET, "+", 1, MSG_NOSIGNAL) == 1)
    g_main_loop_run (loop);
  if (notifications != NULL)
    notifications_end (notifications);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  PortalService wanted = 0;

  setlocale (LC_ALL, "");
  for (int i = 2; i < argc; i++)
    wanted |= find_service (argv[i]);
  if (wanted == 0 || fcntl (SOCKET, F_SETFD, FD_CLOEXEC) != 0 || fcntl (BUS, F_SETFD, FD_CLOEXEC) != 0) {
    fputs ("domicile-portal is started by Domicile and is of no use by itself.\n", stderr);
    return 2;
  }
  if (serve (argv[1], wanted, &error))
    return 0;
  g_printerr ("domicile-portal: %s\n", error->message);
  return 1;
}

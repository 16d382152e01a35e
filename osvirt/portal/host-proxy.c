/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "portal/host-proxy.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <unistd.h>

#define PROGRAM  "xdg-dbus-proxy"
#define READY_MS (60 * 1000)

enum { READY_FD = 3 };

typedef struct {
  PortalService service;
  const char *rule;
} Rule;

static const Rule rules[] = {
  { PORTAL_NOTIFICATIONS, "--call=" NOTIFICATIONS_NAME "=" NOTIFICATIONS_NAME ".Notify@" NOTIFICATIONS_PATH },
  { PORTAL_NOTIFICATIONS, "--call=" NOTIFICATIONS_NAME "=" NOTIFICATIONS_NAME ".CloseNotification@" NOTIFICATIONS_PATH },
  { PORTAL_NOTIFICATIONS, "--call=" NOTIFICATIONS_NAME "=" NOTIFICATIONS_NAME ".GetCapabilities@" NOTIFICATIONS_PATH },
  { PORTAL_NOTIFICATIONS, "--call=" NOTIFICATIONS_NAME "=" NOTIFICATIONS_NAME ".GetServerInformation@" NOTIFICATIONS_PATH },
  { PORTAL_NOTIFICATIONS, "--broadcast=" NOTIFICATIONS_NAME "=" NOTIFICATIONS_NAME ".*@" NOTIFICATIONS_PATH },
  { PORTAL_APPEARANCE, "--call=" PORTAL_NAME "=" PORTAL_SETTINGS ".Read@" PORTAL_PATH },
  { PORTAL_APPEARANCE, "--call=" PORTAL_NAME "=" PORTAL_SETTINGS ".ReadAll@" PORTAL_PATH },
  { PORTAL_APPEARANCE, "--broadcast=" PORTAL_NAME "=" PORTAL_SETTINGS ".SettingChanged@" PORTAL_PATH },
  { PORTAL_LINKS, "--call=" PORTAL_NAME "=" PORTAL_OPEN_URI ".OpenURI@" PORTAL_PATH },
  { PORTAL_LINKS, "--call=" PORTAL_NAME "=" PORTAL_REQUEST ".Close@" PORTAL_PATH "/request/*" },
  { PORTAL_LINKS, "--broadcast=" PORTAL_NAME "=" PORTAL_REQUEST ".Response@" PORTAL_PATH "/request/*" },
};

/* Where the session's bus is, without starting one. */
static char *
find_bus (GError **error)
{
  const char *set = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  if (set != NULL && *set != '\0')
    return g_strdup (set);
  if (access (path, F_OK) == 0)
    return g_strconcat ("unix:path=", path, NULL);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "this host has no session bus");
  return NULL;
}

/* It says one byte when it listens, and ends when the pipe does. Returns our end, or -1. */
static int
spawn (const char *bus, const char *path, PortalService services, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  int ends[2];

  G_STATIC_ASSERT (READY_FD == 3);
  g_ptr_array_add (argv, (gpointer) PROGRAM);
  g_ptr_array_add (argv, (gpointer) "--fd=3");
  g_ptr_array_add (argv, (gpointer) bus);
  g_ptr_array_add (argv, (gpointer) path);
  g_ptr_array_add (argv, (gpointer) "--filter");
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].service & services)
      g_ptr_array_add (argv, (gpointer) rules[i].rule);
  g_ptr_array_add (argv, NULL);
  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return -1;
  g_subprocess_launcher_take_fd (launcher, ends[1], READY_FD);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
  if (process != NULL)
    return ends[0];
  close (ends[0]);
  return -1;
}

static gboolean
wait_ready (int ready, GError **error)
{
  struct pollfd wait = { ready, POLLIN, 0 };
  char byte;

  if (poll (&wait, 1, READY_MS) == 1 && read (ready, &byte, 1) == 1)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, PROGRAM " did not get ready");
  return FALSE;
}

GDBusConnection *
host_proxy_connect (PortalService services, GError **error)
{
  g_autofree char *bus = find_bus (error);
  g_autofree char *folder = g_build_filename (g_get_user_runtime_dir (), "domicile-portal-XXXXXX", NULL);
  g_autofree char *path = NULL, *escaped = NULL, *address = NULL;
  GDBusConnection *host = NULL;
  int ready;

  if (bus == NULL)
    return NULL;
  if (g_mkdtemp_full (folder, 0700) == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no folder for a socket: %s", g_strerror (errno));
    return NULL;
  }
  path = g_build_filename (folder, "bus", NULL);
  escaped = g_dbus_address_escape_value (path);
  address = g_strconcat ("unix:path=", escaped, NULL);
  ready = spawn (bus, path, services, error); /* open until this process ends */
  if (ready >= 0 && wait_ready (ready, error))
    host = g_dbus_connection_new_for_address_sync (address,
                                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                       | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                   NULL, NULL, error);
  g_unlink (path); /* one connection is all that it is for */
  g_rmdir (folder);
  return host;
}

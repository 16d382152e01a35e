/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What of the host's desktop a workspace may use. One bit each. */
typedef enum {
  PORTAL_NOTIFICATIONS = 1 << 0,
  PORTAL_APPEARANCE = 1 << 1,
  PORTAL_LINKS = 1 << 2,
} PortalService;

/* What a service stands between. */
typedef struct {
  GDBusConnection *inside, *host;
  const char *name; /* the workspace's, for the user to see */
} PortalBuses;

/* A notification daemon of the host's may ask nobody; a portal asks the user. */
#define PORTAL_CALL_MS   (60 * 1000)
#define PORTAL_ASKING_MS G_MAXINT

#define NOTIFICATIONS_NAME "org.freedesktop.Notifications"
#define NOTIFICATIONS_PATH "/org/freedesktop/Notifications"
#define PORTAL_NAME        "org.freedesktop.portal.Desktop"
#define PORTAL_PATH        "/org/freedesktop/portal/desktop"
#define PORTAL_SETTINGS    "org.freedesktop.portal.Settings"
#define PORTAL_OPEN_URI    "org.freedesktop.portal.OpenURI"
#define PORTAL_REQUEST     "org.freedesktop.portal.Request"

G_END_DECLS

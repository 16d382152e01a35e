/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of the portals is one, and what answers to it stands outside, where the workspace's files are not. So these calls go back
 * in, to a backend of the XDG Desktop Portal, which shows a window: its methods are those of the portal with a request and the app's
 * name in front. */
#include "portal/inside-portals.h"

#include <gio/gunixfdlist.h>
#include <string.h>

#include "portal/request-path.h"

#define IMPL           "org.freedesktop.impl.portal."
#define IMPL_REQUEST   IMPL "Request"
#define FILE_CHOOSER   "FileChooser"
#define PRINT          "Print"
#define FAILED         2
#define MAX_SHOWN      16

#define ARGUMENT(type, name) "<arg type='" type "' name='" name "' direction='in'/>"
#define OPTIONS_AND_HANDLE   ARGUMENT ("a{sv}", "options") "<arg type='o' name='handle' direction='out'/></method>"
#define VERSION              "<property name='version' type='u' access='read'/></interface>"

static const char xml[] =
    "<node><interface name='org.freedesktop.portal." FILE_CHOOSER "'>"
    "<method name='OpenFile'>" ARGUMENT ("s", "parent_window") ARGUMENT ("s", "title") OPTIONS_AND_HANDLE
    "<method name='SaveFile'>" ARGUMENT ("s", "parent_window") ARGUMENT ("s", "title") OPTIONS_AND_HANDLE
    "<method name='SaveFiles'>" ARGUMENT ("s", "parent_window") ARGUMENT ("s", "title") OPTIONS_AND_HANDLE VERSION
    "<interface name='org.freedesktop.portal." PRINT "'>"
    "<method name='PreparePrint'>" ARGUMENT ("s", "parent_window") ARGUMENT ("s", "title") ARGUMENT ("a{sv}", "settings")
    ARGUMENT ("a{sv}", "page_setup") OPTIONS_AND_HANDLE
    "<method name='Print'>" ARGUMENT ("s", "parent_window") ARGUMENT ("s", "title") ARGUMENT ("h", "fd") OPTIONS_AND_HANDLE VERSION
    "<interface name='" PORTAL_REQUEST "'><method name='Close'/>"
    "<signal name='Response'><arg type='u' name='response'/><arg type='a{sv}' name='results'/></signal></interface>"
    "</node>";

typedef struct {
  GDBusConnection *bus;
  GDBusNodeInfo *node;
  const char *backend; /* its name on the bus */
  guint shown;
} Portals;

/* A window that is shown. It ends when the backend has answered, also where the client has not waited for that. */
typedef struct {
  Portals *portals;
  char *client, *path;
  guint registration, watch;
} Shown;

static void
shown_free (Shown *self)
{
  self->portals->shown--;
  g_bus_unwatch_name (self->watch);
  g_dbus_connection_unregister_object (self->portals->bus, self->registration);
  g_free (self->client);
  g_free (self->path);
  g_free (self);
}

static void
close_window (Shown *self)
{
  g_dbus_connection_call (self->portals->bus, self->portals->backend, self->path, IMPL_REQUEST, "Close", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, PORTAL_CALL_MS, NULL, NULL, NULL);
}

static void
on_client_gone (GDBusConnection *bus, const char *name, gpointer data)
{
  close_window (data);
}

static void
on_request_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *method,
                 GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  close_window (data);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  Shown *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (self->portals->bus, NULL, result, &error);

  if (reply == NULL) {
    g_message ("The window of a portal did not come: %s", error->message);
    reply = g_variant_ref_sink (g_variant_new ("(u@a{sv})", (guint32) FAILED, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)));
  }
  g_dbus_connection_emit_signal (self->portals->bus, self->client, self->path, PORTAL_REQUEST, "Response", reply, NULL);
  shown_free (self);
}

/* The request, no app's name, and what the client has said. */
static GVariant *
backend_arguments (Shown *self, GVariant *parameters)
{
  GVariantBuilder builder;
  gsize n = g_variant_n_children (parameters);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  g_variant_builder_add (&builder, "o", self->path);
  g_variant_builder_add (&builder, "s", "");
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (parameters, i);

    g_variant_builder_add_value (&builder, one);
  }
  return g_variant_builder_end (&builder);
}

static void
on_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *method, GVariant *parameters,
         GDBusMethodInvocation *invocation, gpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_request_call };
  Portals *portals = data;
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, g_variant_n_children (parameters) - 1);
  g_autofree char *backend_interface = g_strconcat (IMPL, strrchr (interface, '.') + 1, NULL);
  g_autoptr (GError) error = NULL;
  Shown *self;

  if (portals->shown >= MAX_SHOWN) {
    g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                                                   "Too many windows of portals are open in this workspace");
    return;
  }
  self = g_new0 (Shown, 1);
  *self = (Shown){ .portals = portals, .client = g_strdup (sender), .path = portal_request_path (sender, options) };
  self->registration = g_dbus_connection_register_object (bus, self->path, g_dbus_node_info_lookup_interface (portals->node, PORTAL_REQUEST),
                                                          &vtable, self, NULL, &error);
  if (self->registration == 0) { /* the word that it has chosen is in use */
    g_dbus_method_invocation_return_gerror (invocation, error);
    g_free (self->client);
    g_free (self->path);
    g_free (self);
    return;
  }
  portals->shown++;
  self->watch = g_bus_watch_name_on_connection (bus, sender, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_client_gone, self, NULL);
  g_dbus_connection_call_with_unix_fd_list (bus, portals->backend, PORTAL_PATH, backend_interface, method,
                                            backend_arguments (self, parameters), G_VARIANT_TYPE ("(ua{sv})"), G_DBUS_CALL_FLAGS_NONE,
                                            PORTAL_ASKING_MS,
                                            g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (invocation)), NULL,
                                            on_answered, self);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", self->path));
}

static GVariant *
on_property (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *property, GError **error,
             gpointer data)
{
  return g_variant_new_uint32 (g_str_has_suffix (interface, FILE_CHOOSER) ? 3 : 1);
}

/* Of those that can be started inside; GTK's first, which needs no desktop of a certain kind. */
static const char *
find_backend (GDBusConnection *bus)
{
  static const char *const known[] = { "gtk", "kde", "lxqt", "gnome" };
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                                            "ListActivatableNames", NULL, G_VARIANT_TYPE ("(as)"),
                                                            G_DBUS_CALL_FLAGS_NONE, PORTAL_CALL_MS, NULL, NULL);
  g_autofree const char **names = NULL;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(^a&s)", &names);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autofree char *name = g_strconcat (IMPL "desktop.", known[i], NULL);

    if (g_strv_contains (names, name))
      return g_intern_string (name);
  }
  return NULL;
}

gboolean
inside_portals_start (GDBusConnection *inside, GError **error)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call, .get_property = on_property };
  static const char *const interfaces[] = { FILE_CHOOSER, PRINT };
  const char *backend = find_backend (inside);
  Portals *self;

  if (backend == NULL)
    return TRUE;
  self = g_new0 (Portals, 1);
  *self = (Portals){ .bus = inside, .node = g_dbus_node_info_new_for_xml (xml, error), .backend = backend };
  for (gsize i = 0; self->node != NULL && i < G_N_ELEMENTS (interfaces); i++) {
    g_autofree char *name = g_strconcat ("org.freedesktop.portal.", interfaces[i], NULL);

    if (g_dbus_connection_register_object (inside, PORTAL_PATH, g_dbus_node_info_lookup_interface (self->node, name), &vtable, self, NULL,
                                           error) == 0)
      return FALSE;
  }
  return self->node != NULL;
}

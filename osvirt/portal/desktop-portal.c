/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See the XDG Desktop Portal documentation. */
#include "portal/desktop-portal.h"

#include <string.h>

#include "portal/request-path.h"

#define MAX_REQUESTS 8
#define MAX_URI      4096

static const char xml[] =
    "<node>"
    "<interface name='" PORTAL_SETTINGS "'>"
    "<method name='Read'><arg type='s' name='namespace' direction='in'/><arg type='s' name='key' direction='in'/>"
    "<arg type='v' name='value' direction='out'/></method>"
    "<method name='ReadAll'><arg type='as' name='namespaces' direction='in'/><arg type='a{sa{sv}}' name='value' direction='out'/></method>"
    "<signal name='SettingChanged'><arg type='s' name='namespace'/><arg type='s' name='key'/><arg type='v' name='value'/></signal>"
    "<property name='version' type='u' access='read'/></interface>"
    "<interface name='" PORTAL_OPEN_URI "'>"
    "<method name='OpenURI'><arg type='s' name='parent_window' direction='in'/><arg type='s' name='uri' direction='in'/>"
    "<arg type='a{sv}' name='options' direction='in'/><arg type='o' name='handle' direction='out'/></method>"
    "<property name='version' type='u' access='read'/></interface>"
    "<interface name='" PORTAL_REQUEST "'><method name='Close'/>"
    "<signal name='Response'><arg type='u' name='response'/><arg type='a{sv}' name='results'/></signal></interface>"
    "</node>";

typedef struct {
  const PortalBuses *buses;
  GDBusNodeInfo *node;
  GHashTable *requests; /* handle on the host → Request */
  guint asked;          /* those without a handle yet */
} Portal;

/* What the host's user is being asked. */
typedef struct {
  Portal *portal;
  GDBusMethodInvocation *invocation;
  char *client, *inside, *host; /* who asked, and the request's path on either side */
  guint registration;
} Request;

/* --- appearance --------------------------------------------------------------------------------------------------- */

static gboolean
is_appearance (const char *name_space)
{
  static const char *const known[] = { "org.freedesktop.appearance", "org.gnome.desktop.interface", "org.gnome.desktop.a11y",
                                       "org.gnome.fontconfig", "org.gnome.desktop.wm.preferences", NULL };

  return g_strv_contains (known, name_space) || g_str_has_prefix (name_space, "org.gnome.desktop.a11y.");
}

static GVariant *
only_appearance (GVariant *reply)
{
  g_autoptr (GVariantIter) iter = NULL;
  GVariantBuilder builder;
  const char *name_space;
  GVariant *values;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_get (reply, "(a{sa{sv}})", &iter);
  while (g_variant_iter_next (iter, "{&s@a{sv}}", &name_space, &values)) {
    if (is_appearance (name_space))
      g_variant_builder_add (&builder, "{s@a{sv}}", name_space, values);
    g_variant_unref (values);
  }
  return g_variant_new ("(a{sa{sv}})", &builder);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  GDBusMethodInvocation *invocation = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else if (g_variant_is_of_type (reply, G_VARIANT_TYPE ("(v)")))
    g_dbus_method_invocation_return_value (invocation, reply);
  else
    g_dbus_method_invocation_return_value (invocation, only_appearance (reply));
}

static void
on_settings_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
                  GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Portal *self = data;
  gboolean all = g_str_equal (method, "ReadAll");
  const char *name_space = "";

  if (!all)
    g_variant_get_child (parameters, 0, "&s", &name_space);
  if (!all && !is_appearance (name_space)) {
    g_dbus_method_invocation_return_dbus_error (invocation, "org.freedesktop.portal.Error.NotFound",
                                                "Requested setting is not given to workspaces");
    return;
  }
  g_dbus_connection_call (self->buses->host, PORTAL_NAME, PORTAL_PATH, PORTAL_SETTINGS, method, parameters,
                          all ? G_VARIANT_TYPE ("(a{sa{sv}})") : G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NONE, PORTAL_CALL_MS, NULL,
                          on_read, invocation);
}

static void
on_setting_changed (GDBusConnection *host, const char *sender, const char *path, const char *interface, const char *name,
                    GVariant *parameters, gpointer data)
{
  Portal *self = data;
  const char *name_space;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssv)")))
    return;
  g_variant_get_child (parameters, 0, "&s", &name_space);
  if (is_appearance (name_space))
    g_dbus_connection_emit_signal (self->buses->inside, NULL, PORTAL_PATH, PORTAL_SETTINGS, name, parameters, NULL);
}

static GVariant *
on_property (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *property,
             GError **error, gpointer data)
{
  return g_variant_new_uint32 (1);
}

/* --- links -------------------------------------------------------------------------------------------------------- */

static void
request_free (Request *self)
{
  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->portal->buses->inside, self->registration);
  g_free (self->client);
  g_free (self->inside);
  g_free (self->host);
  g_free (self);
}

static void
on_request_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
                 GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Request *self = data;

  g_dbus_connection_call (self->portal->buses->host, PORTAL_NAME, self->host, PORTAL_REQUEST, "Close", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, PORTAL_CALL_MS, NULL, NULL, NULL);
  g_dbus_method_invocation_return_value (invocation, NULL);
  g_hash_table_remove (self->portal->requests, self->host); /* there is no response to what is closed */
}

static void
on_response (GDBusConnection *host, const char *sender, const char *path, const char *interface, const char *name,
             GVariant *parameters, gpointer data)
{
  Portal *self = data;
  Request *request = g_hash_table_lookup (self->requests, path);
  guint32 response;

  if (request == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get_child (parameters, 0, "u", &response);
  g_dbus_connection_emit_signal (self->buses->inside, request->client, request->inside, PORTAL_REQUEST, name,
                                 g_variant_new ("(u@a{sv})", response, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)), NULL);
  g_hash_table_remove (self->requests, path);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_request_call };
  Request *request = data;
  Portal *self = request->portal;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  self->asked--;
  if (reply != NULL) {
    g_variant_get (reply, "(o)", &request->host);
    request->registration = g_dbus_connection_register_object (self->buses->inside, request->inside,
                                                               g_dbus_node_info_lookup_interface (self->node, PORTAL_REQUEST),
                                                               &vtable, request, NULL, &error);
  }
  if (request->registration == 0) {
    g_dbus_method_invocation_return_gerror (request->invocation, error);
    request_free (request);
    return;
  }
  g_dbus_method_invocation_return_value (request->invocation, g_variant_new ("(o)", request->inside));
  g_hash_table_replace (self->requests, request->host, request);
}

static gboolean
is_link (const char *uri)
{
  static const char *const schemes[] = { "http", "https", "mailto", NULL };
  g_autofree char *scheme = g_uri_parse_scheme (uri);

  return scheme != NULL && strlen (uri) <= MAX_URI && g_uri_is_valid (uri, G_URI_FLAGS_NONE, NULL)
         && g_strv_contains (schemes, scheme);
}

static void
on_link_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
              GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Portal *self = data;
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 2);
  const char *parent, *uri;
  GVariantBuilder asked;
  Request *request;

  g_variant_get_child (parameters, 0, "&s", &parent);
  g_variant_get_child (parameters, 1, "&s", &uri);
  if (!is_link (uri) || self->asked + g_hash_table_size (self->requests) >= MAX_REQUESTS) {
    g_dbus_method_invocation_return_dbus_error (invocation, "org.freedesktop.portal.Error.NotAllowed",
                                                is_link (uri) ? "Too many links of this workspace wait for an answer"
                                                              : "Only links to web pages and mail addresses leave a workspace");
    return;
  }
  request = g_new0 (Request, 1);
  *request = (Request){ .portal = self, .invocation = invocation, .client = g_strdup (sender),
                        .inside = portal_request_path (sender, options) };
  self->asked++;
  g_variant_builder_init (&asked, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&asked, "{sv}", "ask", g_variant_new_boolean (TRUE));
  g_dbus_connection_call (self->buses->host, PORTAL_NAME, PORTAL_PATH, PORTAL_OPEN_URI, method,
                          g_variant_new ("(ssa{sv})", g_str_has_prefix (parent, "x11:") && strlen (parent) < 32 ? parent : "", uri, &asked),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, PORTAL_ASKING_MS, NULL, on_asked, request);
}

/* --- both --------------------------------------------------------------------------------------------------------- */

static gboolean
put (Portal *self, const char *interface, const GDBusInterfaceVTable *vtable, const char *signal_interface, const char *signal,
     GDBusSignalCallback on_signal, GError **error)
{
  if (g_dbus_connection_register_object (self->buses->inside, PORTAL_PATH, g_dbus_node_info_lookup_interface (self->node, interface),
                                         vtable, self, NULL, error) == 0)
    return FALSE;
  g_dbus_connection_signal_subscribe (self->buses->host, PORTAL_NAME, signal_interface, signal, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                      on_signal, self, NULL);
  return TRUE;
}

gboolean
desktop_portal_start (const PortalBuses *buses, PortalService services, GError **error)
{
  static const GDBusInterfaceVTable settings = { .method_call = on_settings_call, .get_property = on_property };
  static const GDBusInterfaceVTable links = { .method_call = on_link_call, .get_property = on_property };
  Portal *self = g_new0 (Portal, 1);

  self->buses = buses;
  self->requests = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) request_free);
  self->node = g_dbus_node_info_new_for_xml (xml, error);
  if (self->node == NULL)
    return FALSE;
  if ((services & PORTAL_APPEARANCE)
      && !put (self, PORTAL_SETTINGS, &settings, PORTAL_SETTINGS, "SettingChanged", on_setting_changed, error))
    return FALSE;
  return !(services & PORTAL_LINKS) || put (self, PORTAL_OPEN_URI, &links, PORTAL_REQUEST, "Response", on_response, error);
}

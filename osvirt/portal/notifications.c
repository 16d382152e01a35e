/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See the Desktop Notifications Specification. */
#include "portal/notifications.h"

#include <string.h>

#define END_MS      (10 * 1000)
#define MAX_SHOWN   20
#define MAX_SUMMARY 256
#define MAX_BODY    4096
#define MAX_ACTIONS 16
#define MAX_PICTURE (1024 * 1024)
#define TOO_MANY    NOTIFICATIONS_NAME ".MaxNotificationsExceeded"

static const char xml[] =
    "<node><interface name='" NOTIFICATIONS_NAME "'>"
    "<method name='Notify'>"
    "<arg type='s' name='app_name' direction='in'/><arg type='u' name='replaces_id' direction='in'/>"
    "<arg type='s' name='app_icon' direction='in'/><arg type='s' name='summary' direction='in'/>"
    "<arg type='s' name='body' direction='in'/><arg type='as' name='actions' direction='in'/>"
    "<arg type='a{sv}' name='hints' direction='in'/><arg type='i' name='expire_timeout' direction='in'/>"
    "<arg type='u' name='id' direction='out'/></method>"
    "<method name='CloseNotification'><arg type='u' name='id' direction='in'/></method>"
    "<method name='GetCapabilities'><arg type='as' name='capabilities' direction='out'/></method>"
    "<method name='GetServerInformation'><arg type='s' name='name' direction='out'/><arg type='s' name='vendor' direction='out'/>"
    "<arg type='s' name='version' direction='out'/><arg type='s' name='spec_version' direction='out'/></method>"
    "<signal name='NotificationClosed'><arg type='u' name='id'/><arg type='u' name='reason'/></signal>"
    "<signal name='ActionInvoked'><arg type='u' name='id'/><arg type='s' name='action_key'/></signal>"
    "</interface></node>";

struct Notifications {
  const PortalBuses *buses;
  GHashTable *shown; /* id on the host → who inside asked for it */
  guint asked;       /* those without an id yet */
};

/* --- what is said to the host ----------------------------------------------------------------------------------- */

static char *
cut (const char *text, gsize max)
{
  gsize length = strnlen (text, max + 1);
  const char *end = text + length;

  if (length > max)
    g_utf8_validate (text, (gssize) max, &end);
  return g_strndup (text, (gsize) (end - text));
}

/* Bold, italic and underlined text; anything else would have the host load a picture or offer a link, so it is shown as text. */
static char *
plain_markup (const char *body)
{
  static const char *const tags[] = { "<b>", "</b>", "<i>", "</i>", "<u>", "</u>" };
  g_autofree char *text = cut (body, MAX_BODY);

  for (const char *p = strchr (text, '<'); p != NULL; p = strchr (p + 1, '<')) {
    gboolean known = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
      known |= g_str_has_prefix (p, tags[i]);
    if (!known)
      return g_markup_escape_text (text, -1);
  }
  return g_steal_pointer (&text);
}

/* A name of the icon theme; a file's would be one of the host's files. */
static const char *
icon_name (const char *icon)
{
  return strpbrk (icon, "/:") == NULL && strlen (icon) <= MAX_SUMMARY ? icon : "";
}

/* Whether a picture has all the points that it says: width, height, bytes of a row, alpha, bits, channels, data. */
static gboolean
is_whole (GVariant *picture)
{
  g_autoptr (GVariant) data = g_variant_get_child_value (picture, 6);
  gint32 width, height, row, bits, channels;
  gboolean alpha;

  g_variant_get (picture, "(iiibiiay)", &width, &height, &row, &alpha, &bits, &channels, NULL);
  return width > 0 && height > 0 && bits == 8 && channels == (alpha ? 4 : 3) && row / channels >= width
         && (gint64) (height - 1) * row + (gint64) width * channels <= (gint64) g_variant_get_size (data);
}

static GVariant *
safe_hints (GVariant *hints)
{
  static const struct {
    const char *name, *type;
  } known[] = {
    { "urgency", "y" },      { "category", "s" }, { "transient", "b" },         { "resident", "b" },
    { "value", "i" },        { "x", "i" },        { "y", "i" },                 { "suppress-sound", "b" },
    { "action-icons", "b" }, { "image-data", "(iiibiiay)" }, { "icon_data", "(iiibiiay)" },
  };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (hints, known[i].name, G_VARIANT_TYPE (known[i].type));

    if (value != NULL && g_variant_get_size (value) <= MAX_PICTURE && (known[i].type[0] != '(' || is_whole (value)))
      g_variant_builder_add (&builder, "{sv}", known[i].name, value);
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
safe_actions (GVariant *actions)
{
  gsize n = MIN (g_variant_n_children (actions), 2 * MAX_ACTIONS) & ~(gsize) 1; /* pairs of key and label */
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) one = g_variant_get_child_value (actions, i);
    g_autofree char *text = cut (g_variant_get_string (one, NULL), MAX_SUMMARY);

    g_variant_builder_add (&builder, "s", text);
  }
  return g_variant_builder_end (&builder);
}

/* --- calls from inside ------------------------------------------------------------------------------------------ */

typedef struct {
  Notifications *self;
  GDBusMethodInvocation *invocation;
} Call;

static gboolean
is_shown (Notifications *self, guint32 id)
{
  return g_hash_table_contains (self->shown, GUINT_TO_POINTER (id));
}

static void
close_on_host (Notifications *self, guint32 id)
{
  g_dbus_connection_call (self->buses->host, NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_NAME, "CloseNotification",
                          g_variant_new ("(u)", id), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, PORTAL_CALL_MS, NULL, NULL, NULL);
}

static void
on_notified (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Call *call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 id;

  call->self->asked--;
  if (reply == NULL) {
    g_dbus_method_invocation_return_gerror (call->invocation, error);
    return;
  }
  g_variant_get (reply, "(u)", &id);
  g_hash_table_replace (call->self->shown, GUINT_TO_POINTER (id), g_strdup (g_dbus_method_invocation_get_sender (call->invocation)));
  g_dbus_method_invocation_return_value (call->invocation, reply);
}

static void
notify (Notifications *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  const char *app, *icon, *summary, *body;
  g_autoptr (GVariant) actions = NULL, hints = NULL;
  g_autofree char *titled = NULL, *short_app = NULL, *short_summary = NULL, *short_body = NULL;
  guint32 replaces;
  gint32 timeout;
  Call *call;

  g_variant_get (parameters, "(&su&s&s&s@as@a{sv}i)", &app, &replaces, &icon, &summary, &body, &actions, &hints, &timeout);
  if (!is_shown (self, replaces))
    replaces = 0;
  if (replaces == 0 && g_hash_table_size (self->shown) + self->asked >= MAX_SHOWN) {
    g_dbus_method_invocation_return_dbus_error (invocation, TOO_MANY, "Too many notifications of this workspace are shown");
    return;
  }
  call = g_new (Call, 1);
  *call = (Call){ self, invocation };
  self->asked++;
  short_app = cut (app, MAX_SUMMARY);
  short_summary = cut (summary, MAX_SUMMARY);
  short_body = plain_markup (body);
  titled = *short_app != '\0' ? g_strdup_printf ("%s (%s)", short_app, self->buses->name) : g_strdup (self->buses->name);
  g_dbus_connection_call (self->buses->host, NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_NAME, "Notify",
                          g_variant_new ("(susss@as@a{sv}i)", titled, replaces, icon_name (icon), short_summary, short_body,
                                         safe_actions (actions), safe_hints (hints), timeout),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, PORTAL_CALL_MS, NULL, on_notified, call);
}

static void
close_notification (Notifications *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  guint32 id;

  g_variant_get (parameters, "(u)", &id);
  if (!is_shown (self, id)) {
    g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                                                   "There is no such notification of this workspace");
    return;
  }
  close_on_host (self, id); /* the host's signal takes it out of the table */
  g_dbus_method_invocation_return_value (invocation, NULL);
}

/* What safe_hints() and plain_markup() keep back is not offered. */
static GVariant *
without_capabilities (GVariant *reply)
{
  static const char *const kept_back[] = { "body-images", "body-hyperlinks", "sound", "icon-multi", NULL };
  g_autoptr (GVariantIter) iter = NULL;
  GVariantBuilder builder;
  const char *word;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  g_variant_get (reply, "(as)", &iter);
  while (g_variant_iter_next (iter, "&s", &word))
    if (!g_strv_contains (kept_back, word))
      g_variant_builder_add (&builder, "s", word);
  return g_variant_new ("(as)", &builder);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  GDBusMethodInvocation *invocation = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else if (g_variant_is_of_type (reply, G_VARIANT_TYPE ("(as)")))
    g_dbus_method_invocation_return_value (invocation, without_capabilities (reply));
  else
    g_dbus_method_invocation_return_value (invocation, reply);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
         GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Notifications *self = data;
  gboolean lists = g_str_equal (method, "GetCapabilities");

  if (g_str_equal (method, "Notify"))
    notify (self, parameters, invocation);
  else if (g_str_equal (method, "CloseNotification"))
    close_notification (self, parameters, invocation);
  else
    g_dbus_connection_call (self->buses->host, NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_NAME, method, NULL,
                            lists ? G_VARIANT_TYPE ("(as)") : G_VARIANT_TYPE ("(ssss)"), G_DBUS_CALL_FLAGS_NONE, PORTAL_CALL_MS,
                            NULL, on_asked, invocation);
}

/* --- signals from the host -------------------------------------------------------------------------------------- */

/* Only what is about this workspace's own, and only to the app whose notification it is. */
static void
on_signal (GDBusConnection *host, const char *sender, const char *path, const char *interface, const char *name, GVariant *parameters,
           gpointer data)
{
  Notifications *self = data;
  gboolean closed = g_str_equal (name, "NotificationClosed");
  const char *owner;
  guint32 id;

  if (!g_variant_is_of_type (parameters, closed ? G_VARIANT_TYPE ("(uu)") : G_VARIANT_TYPE ("(us)")))
    return;
  g_variant_get_child (parameters, 0, "u", &id);
  owner = g_hash_table_lookup (self->shown, GUINT_TO_POINTER (id));
  if (owner == NULL)
    return;
  g_dbus_connection_emit_signal (self->buses->inside, owner, NOTIFICATIONS_PATH, NOTIFICATIONS_NAME, name, parameters, NULL);
  if (closed)
    g_hash_table_remove (self->shown, GUINT_TO_POINTER (id));
}

Notifications *
notifications_new (const PortalBuses *buses, GError **error)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  static const char *const wanted[] = { "NotificationClosed", "ActionInvoked" };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, error);
  Notifications *self;

  if (node == NULL)
    return NULL;
  self = g_new0 (Notifications, 1);
  self->buses = buses;
  self->shown = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  if (g_dbus_connection_register_object (buses->inside, NOTIFICATIONS_PATH, node->interfaces[0], &vtable, self, NULL, error) == 0) {
    notifications_end (self);
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_dbus_connection_signal_subscribe (buses->host, NOTIFICATIONS_NAME, NOTIFICATIONS_NAME, wanted[i], NOTIFICATIONS_PATH, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  return self;
}

void
notifications_end (Notifications *self)
{
  g_autoptr (GVariant) reply = NULL;
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    close_on_host (self, GPOINTER_TO_UINT (id));
  if (g_hash_table_size (self->shown) > 0) /* the answer to the last means that the others have arrived: the proxy ends with us */
    reply = g_dbus_connection_call_sync (self->buses->host, NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_NAME,
                                         "GetServerInformation", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, END_MS, NULL, NULL);
  g_hash_table_unref (self->shown);
  g_free (self);
}

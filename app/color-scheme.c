/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "color-scheme.h"

#include <handy.h>

/* The key "color-scheme" of the settings. */
enum { FOLLOW_SYSTEM, LIGHT, DARK };

/* What the portal answers where the desktop prefers dark windows. */
#define PORTAL_PREFERS_DARK 1

static void
apply (GSettings *settings, gboolean system_prefers_dark)
{
  int choice = settings != NULL ? g_settings_get_enum (settings, "color-scheme") : FOLLOW_SYSTEM;
  static const HdyColorScheme schemes[] = {
    [FOLLOW_SYSTEM] = HDY_COLOR_SCHEME_PREFER_LIGHT,
    [LIGHT] = HDY_COLOR_SCHEME_FORCE_LIGHT,
    [DARK] = HDY_COLOR_SCHEME_FORCE_DARK,
  };

  /* Once the style manager is asked for, GTK reads the whole theme twice more, which takes as long
   * as everything else before the first window. So it is left alone where there is nothing to
   * change. */
  if (choice == FOLLOW_SYSTEM && !system_prefers_dark)
    return;
  hdy_style_manager_set_color_scheme (hdy_style_manager_get_default (), schemes[choice]);
}

static void
on_choice (GSettings *settings, const char *key, gpointer user_data)
{
  apply (settings, TRUE);
}

static gboolean
is_dark (GVariant *value)
{
  g_autoptr (GVariant) inner = g_variant_get_variant (value);

  if (g_variant_is_of_type (inner, G_VARIANT_TYPE_VARIANT)) {
    g_autoptr (GVariant) wrapped = g_steal_pointer (&inner);
    inner = g_variant_get_variant (wrapped); /* the portal wraps its answer twice */
  }
  return g_variant_is_of_type (inner, G_VARIANT_TYPE_UINT32)
         && g_variant_get_uint32 (inner) == PORTAL_PREFERS_DARK;
}

static void
on_portal_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GSettings) settings = user_data;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) value = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;

  /* No portal, no preference. */
  if (value != NULL && is_dark (value))
    apply (settings, TRUE);
}

/**
 * dmc_color_scheme_follow:
 * @application: (transfer none): a registered application
 * @settings: (nullable) (transfer none): what the user chose; NULL means to follow the desktop
 *
 * Applies the choice now and at every change. The desktop's own preference is asked for without
 * waiting.
 */
void
dmc_color_scheme_follow (GApplication *application, GSettings *settings)
{
  GDBusConnection *bus = g_application_get_dbus_connection (application);

  if (settings != NULL)
    g_signal_connect (settings, "changed::color-scheme", G_CALLBACK (on_choice), NULL);
  apply (settings, FALSE);
  if (bus != NULL)
    g_dbus_connection_call (bus, "org.freedesktop.portal.Desktop",
                            "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings",
                            "Read",
                            g_variant_new ("(ss)", "org.freedesktop.appearance", "color-scheme"),
                            G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NONE, 1000, NULL,
                            on_portal_answer, settings != NULL ? g_object_ref (settings) : NULL);
}

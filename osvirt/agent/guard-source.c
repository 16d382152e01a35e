/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/guard-source.h"

#include <stdio.h>
#include <string.h>

#define UPOWER        "org.freedesktop.UPower"
#define UPOWER_DEVICE "/org/freedesktop/UPower/devices/DisplayDevice"
#define DISCHARGING   2
#define PRESSURE_SECONDS 5

/* Going down a step takes these; going up again takes so much more, so that a value on the edge does not flap. */
#define LOW_PERCENT      20
#define CRITICAL_PERCENT 10
#define HIGH_PRESSURE    40
#define HYSTERESIS       5

struct _GuardSource {
  void (*changed) (gpointer user_data);
  gpointer user_data;
  GCancellable *cancellable;
  GDBusProxy *battery; /* NULL until UPower answers */
  guint timer;
  guint battery_share, pressure_share;
  double pressure;
};

static guint
step_down (double value, double limit, guint share, guint before)
{
  return value <= limit || (before <= share && value < limit + HYSTERESIS) ? share : 100;
}

double
guard_source_get_battery (GuardSource *self, gboolean *discharging)
{
  g_autoptr (GVariant) percent = self->battery != NULL ? g_dbus_proxy_get_cached_property (self->battery, "Percentage") : NULL;
  g_autoptr (GVariant) state = self->battery != NULL ? g_dbus_proxy_get_cached_property (self->battery, "State") : NULL;
  g_autoptr (GVariant) present = self->battery != NULL ? g_dbus_proxy_get_cached_property (self->battery, "IsPresent") : NULL;

  *discharging = state != NULL && g_variant_is_of_type (state, G_VARIANT_TYPE_UINT32) && g_variant_get_uint32 (state) == DISCHARGING;
  if (percent == NULL || !g_variant_is_of_type (percent, G_VARIANT_TYPE_DOUBLE)
      || (present != NULL && g_variant_is_of_type (present, G_VARIANT_TYPE_BOOLEAN) && !g_variant_get_boolean (present)))
    return -1;
  return g_variant_get_double (percent);
}

double
guard_source_get_pressure (GuardSource *self)
{
  return self->pressure;
}

guint
guard_source_get_share (GuardSource *self)
{
  return MIN (self->battery_share, self->pressure_share);
}

static void
judge (GuardSource *self)
{
  gboolean discharging;
  double percent = guard_source_get_battery (self, &discharging);
  guint before = guard_source_get_share (self), battery = 100;

  if (percent >= 0 && discharging)
    battery = MIN (step_down (percent, LOW_PERCENT, 50, self->battery_share),
                   step_down (percent, CRITICAL_PERCENT, 25, self->battery_share));
  self->battery_share = battery;
  /* The higher the worse, so the other way round. */
  self->pressure_share = step_down (-self->pressure, -HIGH_PRESSURE, 75, self->pressure_share);
  if (guard_source_get_share (self) != before)
    self->changed (self->user_data);
}

static void
on_properties (GDBusProxy *proxy, GVariant *changed, const char *const *invalidated, gpointer user_data)
{
  judge (user_data);
}

static void
on_battery (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GDBusProxy *proxy = g_dbus_proxy_new_for_bus_finish (result, &error);
  GuardSource *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (proxy == NULL) {
    g_debug ("No battery: %s", error->message);
    return;
  }
  self->battery = proxy;
  g_signal_connect (proxy, "g-properties-changed", G_CALLBACK (on_properties), self);
  g_signal_connect_swapped (proxy, "notify::g-name-owner", G_CALLBACK (judge), self);
  judge (self);
}

static gboolean
on_timer (gpointer user_data)
{
  GuardSource *self = user_data;
  g_autofree char *text = NULL;
  double average;

  self->pressure = -1;
  if (g_file_get_contents ("/proc/pressure/memory", &text, NULL, NULL) && sscanf (text, "some avg10=%lf", &average) == 1)
    self->pressure = average;
  judge (self);
  return G_SOURCE_CONTINUE;
}

GuardSource *
guard_source_new (void (*changed) (gpointer user_data), gpointer user_data)
{
  GuardSource *self = g_new0 (GuardSource, 1);

  self->changed = changed;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->battery_share = self->pressure_share = 100;
  self->pressure = -1;
  g_dbus_proxy_new_for_bus (G_BUS_TYPE_SYSTEM, G_DBUS_PROXY_FLAGS_NONE, NULL, UPOWER, UPOWER_DEVICE, UPOWER ".Device",
                            self->cancellable, on_battery, self);
  self->timer = g_timeout_add_seconds (PRESSURE_SECONDS, on_timer, self);
  return self;
}

void
guard_source_free (GuardSource *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  if (self->battery != NULL)
    g_signal_handlers_disconnect_by_data (self->battery, self);
  g_clear_object (&self->battery);
  g_source_remove (self->timer);
  g_free (self);
}

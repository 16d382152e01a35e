/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint-banner.h"

#include <glib/gi18n.h>

struct _DmcEndpointBanner {
  GtkInfoBar parent_instance;

  DmcEndpoint *endpoint;
  gboolean was_connected; /* "lost" and "not there" are different news */

  GtkLabel *label;
  GtkSpinner *spinner;
  GtkWidget *retry;
};

G_DEFINE_FINAL_TYPE (DmcEndpointBanner, dmc_endpoint_banner, GTK_TYPE_INFO_BAR)

/* A new reason matters only before the first connection: then the user may have to start something.
 */
static char *
news (DmcEndpointBanner *self, const char *why)
{
  gboolean control = g_str_equal (dmc_endpoint_get_name (self->endpoint), "control");

  if (self->was_connected)
    return g_strdup (
        control ? _ ("The connection to the hypervisor was lost. It is tried again.")
                : _ ("The connection to the workspace agent was lost. It is tried again."));
  return g_strdup_printf (control ? _ ("The hypervisor is not reachable. %s")
                                  : _ ("The workspace agent is not reachable. %s"),
                          why);
}

static void
update (DmcEndpointBanner *self)
{
  DmcEndpointState state = dmc_endpoint_get_state (self->endpoint);
  const char *why = dmc_endpoint_get_error_message (self->endpoint);
  gboolean trying = state == DMC_ENDPOINT_CONNECTING;

  if (state == DMC_ENDPOINT_CONNECTED)
    self->was_connected = TRUE;
  /* The very first try is no news, and the text stays while a later one is under way. */
  if (state == DMC_ENDPOINT_DISCONNECTED && why != NULL) {
    g_autofree char *text = news (self, why);
    gtk_label_set_text (self->label, text);
    gtk_widget_set_tooltip_text (GTK_WIDGET (self), why);
    gtk_widget_show (GTK_WIDGET (self));
  } else if (state == DMC_ENDPOINT_CONNECTED) {
    gtk_widget_hide (GTK_WIDGET (self));
  }
  /* Hidden while it rests, so that its picture is not even loaded. */
  g_object_set (self->spinner, "active", trying, "visible", trying, NULL);
  gtk_widget_set_sensitive (self->retry, !trying);
}

static void
on_retry (DmcEndpointBanner *self)
{
  dmc_endpoint_retry (self->endpoint);
}

static void
dmc_endpoint_banner_dispose (GObject *object)
{
  DmcEndpointBanner *self = DMC_ENDPOINT_BANNER (object);

  if (self->endpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->endpoint, self);
  g_clear_object (&self->endpoint);
  G_OBJECT_CLASS (dmc_endpoint_banner_parent_class)->dispose (object);
}

static void
dmc_endpoint_banner_class_init (DmcEndpointBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_endpoint_banner_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/ui/endpoint-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcEndpointBanner, label);
  gtk_widget_class_bind_template_child (widget_class, DmcEndpointBanner, spinner);
  gtk_widget_class_bind_template_child (widget_class, DmcEndpointBanner, retry);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
}

static void
dmc_endpoint_banner_init (DmcEndpointBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_endpoint_banner_new:
 * @endpoint: (transfer none): whose connection it tells about
 *
 * Returns: (transfer floating): the banner
 */
GtkWidget *
dmc_endpoint_banner_new (DmcEndpoint *endpoint)
{
  DmcEndpointBanner *self = g_object_new (DMC_TYPE_ENDPOINT_BANNER, NULL);

  self->endpoint = g_object_ref (endpoint);
  g_signal_connect_swapped (endpoint, "notify::state", G_CALLBACK (update), self);
  g_signal_connect_swapped (endpoint, "notify::error-message", G_CALLBACK (update), self);
  update (self);
  return GTK_WIDGET (self);
}

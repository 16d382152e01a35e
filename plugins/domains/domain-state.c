/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-state.h"

#include <glib/gi18n.h>

static const struct state {
  const char *state;
  const char *text;
  const char *icon;
  const char *css_class;
} states[] = {
  { "running", N_ ("Running"), "media-playback-start-symbolic", "dmc-state-running" },
  { "blocked", N_ ("Idle"), "domicile-idle-symbolic", "dmc-state-running" },
  { "paused", N_ ("Paused"), "media-playback-pause-symbolic", "dmc-state-paused" },
  { "shutdown", N_ ("Shut down"), "system-shutdown-symbolic", "dim-label" },
  { "crashed", N_ ("Crashed"), "dialog-error-symbolic", "dmc-state-crashed" },
  { "saved", N_ ("Saved"), "document-save-symbolic", "dim-label" },
};

static const struct state unknown = { "", N_ ("Unknown"), "dialog-question-symbolic", "dim-label" };

static const struct state *
find (DmcDomain *domain)
{
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (dmc_domain_get_state (domain), states[i].state) == 0)
      return &states[i];
  return &unknown;
}

/**
 * dmc_domain_state_text:
 * @domain: a domain
 *
 * Returns: its state in the user's language
 */
const char *
dmc_domain_state_text (DmcDomain *domain)
{
  return _ (find (domain)->text);
}

/**
 * dmc_domain_state_show:
 * @domain: a domain
 * @image: takes the icon and the colour of its state
 */
void
dmc_domain_state_show (DmcDomain *domain, GtkImage *image)
{
  const struct state *state = find (domain);
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (image));

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    gtk_style_context_remove_class (style, states[i].css_class);
  gtk_style_context_add_class (style, state->css_class);
  g_object_set (image, "icon-name", state->icon, "tooltip-text", _ (state->text), NULL);
}

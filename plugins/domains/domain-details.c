/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-details.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "budget-view.h"
#include "console-module.h"
#include "crash-view.h"
#include "display-view.h"
#include "domain-actions.h"
#include "domain-devices.h"
#include "domain-facts.h"
#include "domain-state.h"
#include "resource-form.h"
#include "rpc/json.h"
#include "sparkline.h"

struct _DmcDomainDetails {
  GtkBox parent_instance;

  DmcHost *host;
  DmcDomain *domain;
  GtkWidget *action_buttons[4]; /* in the order of the table below */

  GtkImage *state_icon;
  GtkLabel *name;
  GtkLabel *state_label;
  GtkBox *buttons;
  GtkRevealer *crash_revealer;
  GtkLabel *crash_label;
  GtkStack *views;
  GtkBox *overview;
  GtkBox *budget_place;
  GtkBox *console_place;
  GtkBox *display_place;
  GtkBox *crash_place;
  GtkMenuButton *more;
  GtkLabel *cpu_label;
  DmcSparkline *cpu_chart;
  GtkLabel *memory_label;
  DmcSparkline *memory_chart;
  DmcResourceForm *resources;
};

G_DEFINE_FINAL_TYPE (DmcDomainDetails, dmc_domain_details, GTK_TYPE_BOX)

static const struct button {
  const char *action;
  const char *text;
  const char *icon;
} buttons[] = {
  { "focus", N_ ("Give display, keyboard and mouse"), "video-display-symbolic" },
  { "pause", N_ ("Pause"), "media-playback-pause-symbolic" },
  { "resume", N_ ("Resume"), "media-playback-start-symbolic" },
  { "shutdown", N_ ("Shut down"), "system-shutdown-symbolic" },
};

static void
add_buttons (DmcDomainDetails *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (buttons); i++) {
    GtkWidget *button = gtk_button_new_from_icon_name (buttons[i].icon, GTK_ICON_SIZE_BUTTON);
    g_autofree char *action = g_strconcat ("domain.", buttons[i].action, NULL);

    gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
    atk_object_set_name (gtk_widget_get_accessible (button), _ (buttons[i].text));
    gtk_container_add (GTK_CONTAINER (self->buttons), button);
    gtk_widget_show (button);
    self->action_buttons[i] = button;
  }
}

static void
update_buttons (DmcDomainDetails *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (buttons); i++) {
    const char *why_not = dmc_domain_actions_why_not (self->domain, buttons[i].action);
    gtk_widget_set_tooltip_text (self->action_buttons[i],
                                 why_not != NULL ? why_not : _ (buttons[i].text));
  }
}

static void update_crash (DmcDomainDetails *self);

static void
update_state (DmcDomainDetails *self)
{
  g_autofree char *reason = NULL, *sentence = NULL, *state = NULL;
  gboolean control = g_strcmp0 (dmc_domain_get_role (self->domain), "control") == 0;

  g_object_get (self->domain, "crash-reason", &reason, NULL);
  state = g_strdup_printf ("%s · %s", dmc_domain_state_text (self->domain),
                           control ? _ ("control domain") : _ ("guest"));
  gtk_label_set_text (self->name, dmc_domain_get_name (self->domain));
  gtk_label_set_text (self->state_label, state);
  dmc_domain_state_show (self->domain, self->state_icon);
  if (reason != NULL)
    sentence = g_strdup_printf (_ ("This domain crashed: %s"), reason);
  gtk_label_set_text (self->crash_label, sentence != NULL ? sentence : "");
  gtk_revealer_set_reveal_child (self->crash_revealer, sentence != NULL);
  update_crash (self);
  update_buttons (self);
}

static void
update_load (DmcDomainDetails *self)
{
  guint n_cpu, n_memory;
  const double *cpu = dmc_domain_get_cpu_history (self->domain, &n_cpu);
  const double *memory = dmc_domain_get_memory_history (self->domain, &n_memory);
  gint64 kib = dmc_domain_get_memory_kib (self->domain), most;
  g_autofree char *size = g_format_size_full ((guint64)kib * 1024, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *load = NULL, *room = NULL;

  g_object_get (self->domain, "max-memory-kib", &most, NULL);
  load = g_strdup_printf (_ ("Processor: %.1f %%"), dmc_domain_get_cpu_percent (self->domain));
  room = g_strdup_printf (_ ("Memory: %s"), size);
  gtk_label_set_text (self->cpu_label, load);
  gtk_label_set_text (self->memory_label, room);
  dmc_sparkline_set_samples (self->cpu_chart, cpu, n_cpu, 100);
  dmc_sparkline_set_value_text (self->cpu_chart, load);
  dmc_sparkline_set_samples (self->memory_chart, memory, n_memory,
                             (double)MAX (MAX (most, kib), 1));
  dmc_sparkline_set_value_text (self->memory_chart, room);
}

static void
put (GtkBox *place, GtkWidget *view)
{
  gtk_widget_set_vexpand (view, TRUE);
  gtk_container_add (GTK_CONTAINER (place), view);
  gtk_widget_show (view);
}

/* The terminal comes with its own module, loaded when a console is looked at for the first time. */
static void
show_console (DmcDomainDetails *self)
{
  GtkWidget *view;
  g_autoptr (GList) there = gtk_container_get_children (GTK_CONTAINER (self->console_place));
  g_autoptr (GError) error = NULL;

  if (there != NULL) {
    gtk_widget_grab_focus (there->data);
    return;
  }
  view = dmc_console_module_new_view (self->host, self->domain, &error);
  if (view == NULL) {
    dmc_host_show_error (self->host, _ ("The console cannot be shown"), error);
    return;
  }
  put (self->console_place, view);
  gtk_widget_grab_focus (view);
}

/* Views that cost something are made when they are first looked at. */
static void
on_view_changed (DmcDomainDetails *self)
{
  const char *shown = dmc_domain_details_get_view (self);
  g_autoptr (GList) display = gtk_container_get_children (GTK_CONTAINER (self->display_place));
  g_autoptr (GList) budget = gtk_container_get_children (GTK_CONTAINER (self->budget_place));

  if (self->domain == NULL)
    return; /* while the template is built */
  if (g_strcmp0 (shown, "console") == 0)
    show_console (self);
  else if (g_strcmp0 (shown, "display") == 0 && display == NULL)
    put (self->display_place, dmc_display_view_new (self->host, self->domain));
  else if (g_strcmp0 (shown, "budget") == 0 && budget == NULL)
    put (self->budget_place, dmc_domain_budget_view_new (self->host, self->domain));
}

static void
update_crash (DmcDomainDetails *self)
{
  gboolean crashed = dmc_item_get_node (DMC_ITEM (self->domain), "crash") != NULL;
  g_autoptr (GList) there = gtk_container_get_children (GTK_CONTAINER (self->crash_place));

  if (crashed && there == NULL)
    put (self->crash_place, dmc_crash_view_new (self->domain));
  gtk_widget_set_visible (GTK_WIDGET (self->crash_place), crashed);
}

static void
on_show_crash (DmcDomainDetails *self)
{
  dmc_domain_details_show_view (self, "crash");
}

static void
add_menu (DmcDomainDetails *self)
{
  g_autoptr (GMenu) menu = g_menu_new (), transfer = g_menu_new (), end = g_menu_new ();

  g_menu_append (menu, _ ("_Restart"), "domain.reboot");
  g_menu_append (transfer, _ ("_Save to a File…"), "domain.save");
  g_menu_append (transfer, _ ("_Move to Another Machine…"), "domain.migrate");
  g_menu_append (end, _ ("_Destroy…"), "domain.destroy");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (transfer));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (end));
  gtk_menu_button_set_menu_model (self->more, G_MENU_MODEL (menu));
}

static void
dmc_domain_details_dispose (GObject *object)
{
  DmcDomainDetails *self = DMC_DOMAIN_DETAILS (object);

  g_clear_object (&self->host);
  G_OBJECT_CLASS (dmc_domain_details_parent_class)->dispose (object);
}

static void
dmc_domain_details_finalize (GObject *object)
{
  g_clear_object (&DMC_DOMAIN_DETAILS (object)->domain);
  G_OBJECT_CLASS (dmc_domain_details_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/domains/domain-details.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, state_icon);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, name);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, state_label);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, buttons);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, crash_revealer);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, crash_label);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, views);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, overview);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, budget_place);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, console_place);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, display_place);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, crash_place);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, more);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, cpu_label);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, cpu_chart);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, memory_label);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, memory_chart);
  gtk_widget_class_bind_template_child (widget_class, DmcDomainDetails, resources);
  gtk_widget_class_bind_template_callback (widget_class, on_view_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_show_crash);
}

static void
dmc_domain_details_class_init (DmcDomainDetailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_domain_details_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_domain_details_finalize;
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
dmc_domain_details_init (DmcDomainDetails *self)
{
  g_type_ensure (DMC_TYPE_SPARKLINE);
  g_type_ensure (DMC_TYPE_RESOURCE_FORM);
  gtk_widget_init_template (GTK_WIDGET (self));
  add_buttons (self);
  add_menu (self);
}

static void
follow (DmcDomainDetails *self, const char *signal, void (*update) (DmcDomainDetails *))
{
  g_signal_connect_object (self->domain, signal, G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}

/**
 * dmc_domain_details_new:
 * @host: (transfer none): for calls and errors
 * @domain: (transfer none): what to show
 *
 * Returns: (transfer floating): the view, which follows the domain
 */
GtkWidget *
dmc_domain_details_new (DmcHost *host, DmcDomain *domain)
{
  DmcDomainDetails *self = g_object_new (DMC_TYPE_DOMAIN_DETAILS, NULL);
  g_autoptr (GSimpleActionGroup) actions = dmc_domain_actions_new (host, domain);

  self->host = g_object_ref (host);
  self->domain = g_object_ref (domain);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "domain", G_ACTION_GROUP (actions));
  dmc_resource_form_set_domain (self->resources, host, domain);
  dmc_domain_devices_add (self->overview, domain);
  dmc_domain_facts_add (self->overview, domain);
  follow (self, "notify::name", update_state);
  follow (self, "notify::state", update_state);
  follow (self, "notify::live", update_state);
  follow (self, "notify::focus", update_buttons);
  follow (self, "notify::crash-reason", update_state);
  follow (self, "sampled", update_load);
  update_state (self);
  update_load (self);
  return GTK_WIDGET (self);
}

/**
 * dmc_domain_details_show_view:
 * @self: the details
 * @view: "overview", "budget", "display", "console" or "crash"
 */
void
dmc_domain_details_show_view (DmcDomainDetails *self, const char *view)
{
  GtkWidget *child = gtk_stack_get_child_by_name (self->views, view);

  /* A domain that has not crashed has no record of it. */
  gtk_stack_set_visible_child_name (
      self->views, child != NULL && gtk_widget_get_visible (child) ? view : "overview");
}

/**
 * dmc_domain_details_get_view:
 * @self: the details
 *
 * Returns: the view that is shown
 */
const char *
dmc_domain_details_get_view (DmcDomainDetails *self)
{
  return gtk_stack_get_visible_child_name (self->views);
}

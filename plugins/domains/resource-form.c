/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An edit in progress is not overwritten by what comes from the domain. */
#include "resource-form.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

struct _DmcResourceForm {
  HdyPreferencesGroup parent_instance;

  DmcHost *host;
  DmcDomain *domain;
  gboolean edited; /* the fields differ from the domain */

  GtkSpinButton *weight;
  GtkSpinButton *cap;
  GtkSpinButton *memory;
  GtkAdjustment *memory_adjustment;
  GtkWidget *apply;
  GtkWidget *revert;
};

G_DEFINE_FINAL_TYPE (DmcResourceForm, dmc_resource_form, HDY_TYPE_PREFERENCES_GROUP)

/* What the domain has, or is on its way to, in the units of the form. */
typedef struct {
  gint64 weight, cap, memory, most_memory;
} Values;

static Values
values_of (DmcDomain *domain)
{
  gint64 cap, target, most, has = dmc_domain_get_memory_kib (domain);

  g_object_get (domain, "cap-percent", &cap, "target-memory-kib", &target, "max-memory-kib", &most,
                NULL);
  return (Values){ .weight = dmc_domain_get_weight (domain),
                   .cap = cap,
                   .memory = (target > 0 ? target : has) / 1024,
                   .most_memory = MAX (MAX (most, has) / 1024, 1) };
}

static void
on_changed (DmcResourceForm *self)
{
  Values values;

  if (self->domain == NULL)
    return; /* while the template is built */
  values = values_of (self->domain);
  self->edited = gtk_spin_button_get_value_as_int (self->weight) != values.weight
                 || gtk_spin_button_get_value_as_int (self->cap) != values.cap
                 || gtk_spin_button_get_value_as_int (self->memory) != values.memory;
  gtk_widget_set_sensitive (self->apply,
                            self->edited && dmc_item_get_live (DMC_ITEM (self->domain)));
  gtk_widget_set_sensitive (self->revert, self->edited);
}

static void
on_revert (DmcResourceForm *self)
{
  Values values = values_of (self->domain);

  gtk_spin_button_set_value (self->weight, (double)values.weight);
  gtk_spin_button_set_value (self->cap, (double)values.cap);
  gtk_spin_button_set_value (self->memory, (double)values.memory);
}

static void
update (DmcResourceForm *self)
{
  gtk_adjustment_set_upper (self->memory_adjustment, (double)values_of (self->domain).most_memory);
  if (!self->edited)
    on_revert (self);
  on_changed (self);
}

static void
on_applied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcResourceForm) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  g_autofree char *what = NULL;

  if (answer != NULL)
    return; /* the domain's own change brings the form into step */
  what = g_strdup_printf (_ ("The resources of “%s” could not be changed"),
                          dmc_domain_get_name (self->domain));
  dmc_host_show_error (self->host, what, error);
  on_changed (self);
}

/* Only what was changed is sent, so that one thing that cannot be does not stand in another's way.
 */
static void
on_apply (DmcResourceForm *self)
{
  Values values = values_of (self->domain);
  gint64 weight = gtk_spin_button_get_value_as_int (self->weight);
  gint64 cap = gtk_spin_button_get_value_as_int (self->cap);
  gint64 memory = gtk_spin_button_get_value_as_int (self->memory);
  JsonObject *params = dmc_json_object ("id:i", dmc_domain_get_id (self->domain), NULL);

  if (weight != values.weight)
    json_object_set_int_member (params, "weight", weight);
  if (cap != values.cap)
    json_object_set_int_member (params, "cap_percent", cap);
  if (memory != values.memory)
    json_object_set_int_member (params, "memory_kib", memory * 1024);
  gtk_widget_set_sensitive (self->apply, FALSE);
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "control"), "domain.set",
                           dmc_json_take_object (params), NULL, on_applied, g_object_ref (self));
}

static void
dmc_resource_form_dispose (GObject *object)
{
  DmcResourceForm *self = DMC_RESOURCE_FORM (object);

  g_clear_object (&self->host);
  g_clear_object (&self->domain);
  G_OBJECT_CLASS (dmc_resource_form_parent_class)->dispose (object);
}

static void
dmc_resource_form_class_init (DmcResourceFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_resource_form_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/domains/resource-form.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, weight);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, cap);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, memory);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, memory_adjustment);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, apply);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, revert);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_revert);
}

static void
dmc_resource_form_init (DmcResourceForm *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_resource_form_set_domain:
 * @self: the form, once
 * @host: (transfer none): for calls and errors
 * @domain: (transfer none): what to show and change
 */
void
dmc_resource_form_set_domain (DmcResourceForm *self, DmcHost *host, DmcDomain *domain)
{
  static const char *const followed[]
      = { "notify::weight",         "notify::cap-percent",       "notify::memory-kib",
          "notify::max-memory-kib", "notify::target-memory-kib", "notify::live" };

  self->host = g_object_ref (host);
  self->domain = g_object_ref (domain);
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    g_signal_connect_object (domain, followed[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

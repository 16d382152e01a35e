/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An edit in progress is not overwritten by what comes from the domain. */
#include "resource-form.h"

#include <glib/gi18n.h>

#include "affinity-row.h"
#include "rpc/json.h"

struct _DmcResourceForm {
  HdyPreferencesGroup parent_instance;

  DmcHost *host;
  DmcDomain *domain;
  gboolean edited; /* the fields differ from the domain */

  GtkSpinButton *weight;
  GtkSpinButton *cap;
  GtkWidget *class_row, *budget_row, *period_row;
  GtkComboBox *class;
  GtkSpinButton *budget, *period; /* milliseconds */
  DmcAffinityRow *affinity;
  GtkSpinButton *memory;
  GtkAdjustment *memory_adjustment;
  GtkWidget *apply;
  GtkWidget *revert;
};

G_DEFINE_FINAL_TYPE (DmcResourceForm, dmc_resource_form, HDY_TYPE_PREFERENCES_GROUP)

/* What the domain has, or is on its way to; times in microseconds, memory in MiB. */
typedef struct {
  gint64 weight, cap, memory, most_memory;
  gboolean realtime;
  gint64 budget, period;
} Values;

#define USUAL_BUDGET_US 5000
#define USUAL_PERIOD_US 20000

static Values
values_of (DmcDomain *domain)
{
  gint64 cap, target, most, budget, period, has = dmc_domain_get_memory_kib (domain);
  g_autofree char *class = NULL;

  g_object_get (domain, "cap-percent", &cap, "target-memory-kib", &target, "max-memory-kib", &most,
                "sched", &class, "budget-us", &budget, "period-us", &period, NULL);
  return (Values){ .weight = dmc_domain_get_weight (domain),
                   .cap = cap,
                   .realtime = g_strcmp0 (class, "realtime") == 0,
                   .budget = period > 0 ? budget : USUAL_BUDGET_US,
                   .period = period > 0 ? period : USUAL_PERIOD_US,
                   .memory = (target > 0 ? target : has) / 1024,
                   .most_memory = MAX (MAX (most, has) / 1024, 1) };
}

static gint64
microseconds (GtkSpinButton *spin)
{
  return (gint64)(gtk_spin_button_get_value (spin) * 1000 + 0.5);
}

static gboolean
wants_realtime (DmcResourceForm *self)
{
  return g_strcmp0 (gtk_combo_box_get_active_id (self->class), "realtime") == 0;
}

static gboolean
changes_class (DmcResourceForm *self, const Values *values)
{
  return wants_realtime (self) != values->realtime
         || (values->realtime
             && (microseconds (self->budget) != values->budget
                 || microseconds (self->period) != values->period));
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
                 || gtk_spin_button_get_value_as_int (self->memory) != values.memory
                 || changes_class (self, &values) || dmc_affinity_row_differs (self->affinity);
  gtk_widget_set_visible (self->budget_row, wants_realtime (self));
  gtk_widget_set_visible (self->period_row, wants_realtime (self));
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
  gtk_combo_box_set_active_id (self->class, values.realtime ? "realtime" : "fair");
  gtk_spin_button_set_value (self->budget, (double)values.budget / 1000);
  gtk_spin_button_set_value (self->period, (double)values.period / 1000);
  gtk_spin_button_set_value (self->memory, (double)values.memory);
  dmc_affinity_row_revert (self->affinity);
  on_changed (self);
}

static void
update (DmcResourceForm *self)
{
  gtk_widget_set_visible (self->class_row,
                          dmc_item_get_node (DMC_ITEM (self->domain), "sched") != NULL);
  gtk_adjustment_set_upper (self->memory_adjustment, (double)values_of (self->domain).most_memory);
  if (!self->edited)
    on_revert (self);
  on_changed (self);
}

static void
on_host (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcResourceForm) self = user_data;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, NULL);

  if (self->domain != NULL && answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    dmc_affinity_row_set_processors (
        self->affinity, (guint)CLAMP (dmc_json_get_int (json_node_get_object (answer), "cpus", 1), 1, G_MAXUINT8));
}

static void
on_applied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcResourceForm) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  g_autofree char *what = g_strdup_printf (_ ("The resources of “%s” could not be changed"), dmc_domain_get_name (self->domain));

  dmc_host_tell_outcome (self->host, what, error);
  if (answer == NULL) /* else the domain's own change brings the form into step */
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
  if (changes_class (self, &values)) {
    json_object_set_string_member (params, "sched", wants_realtime (self) ? "realtime" : "fair");
    if (wants_realtime (self)) {
      json_object_set_int_member (params, "budget_us", microseconds (self->budget));
      json_object_set_int_member (params, "period_us", microseconds (self->period));
    }
  }
  if (dmc_affinity_row_differs (self->affinity))
    json_object_set_array_member (params, "vcpu_affinity", dmc_affinity_row_get (self->affinity));
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
  g_type_ensure (DMC_TYPE_AFFINITY_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/domains/resource-form.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, weight);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, cap);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, memory);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, affinity);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, class_row);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, budget_row);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, period_row);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, class);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, budget);
  gtk_widget_class_bind_template_child (widget_class, DmcResourceForm, period);
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
          "notify::max-memory-kib", "notify::target-memory-kib", "notify::sched",
          "notify::budget-us",      "notify::period-us",         "notify::live" };

  self->host = g_object_ref (host);
  self->domain = g_object_ref (domain);
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    g_signal_connect_object (domain, followed[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  dmc_affinity_row_set_domain (self->affinity, domain);
  /* The processors of virtual CPUs come with the samples. */
  g_signal_connect_object (domain, "sampled", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  dmc_endpoint_call_async (dmc_host_get_endpoint (host, "control"), "host.info", NULL, NULL, on_host,
                           g_object_ref (self));
}

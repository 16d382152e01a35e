/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "budget-view.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/budget-list.h"
#include "rpc/json.h"

#define INTERVAL_MS 1000

typedef struct {
  DmcHost *host;
  DmcDomain *domain;
  DmcEndpoint *control;
  guint watch; /* while it is looked at */
  GtkWidget *list;
  GtkLabel *battery;
} BudgetView;

static void
budget_view_free (gpointer data)
{
  BudgetView *self = data;

  if (self->watch != 0)
    dmc_endpoint_unwatch (self->control, self->watch);
  g_object_unref (self->host);
  g_object_unref (self->domain);
  g_object_unref (self->control);
  g_free (self);
}

static BudgetView *
view_of (GtkWidget *view)
{
  return g_object_get_data (G_OBJECT (view), "dmc-budget-view");
}

/* ---- what is spent ---- */

static void
show (BudgetView *self, JsonObject *guard)
{
  JsonArray *domains = dmc_json_get_array (guard, "domains");
  g_autofree char *battery = dmc_budget_describe_battery (guard);

  gtk_label_set_text (self->battery, battery);
  for (guint i = 0; domains != NULL && i < json_array_get_length (domains); i++) {
    JsonObject *domain = json_array_get_object_element (domains, i);

    if (dmc_json_get_int (domain, "id", -1) == dmc_domain_get_id (self->domain))
      dmc_budget_list_update (self->list, domain);
  }
}

static void
on_event (const char *topic, gint64 time_us, JsonNode *data, gpointer user_data)
{
  if (JSON_NODE_HOLDS_OBJECT (data))
    show (user_data, json_node_get_object (data));
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) view = user_data;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, NULL);

  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer) && gtk_widget_get_mapped (view))
    show (view_of (view), json_node_get_object (answer));
}

static void
on_map (GtkWidget *view)
{
  static const char *const topics[] = { "guard", NULL };
  BudgetView *self = view_of (view);

  dmc_endpoint_call_async (self->control, "guard.get", NULL, NULL, on_got, g_object_ref (view));
  if (self->watch == 0)
    self->watch = dmc_endpoint_watch (self->control, topics, INTERVAL_MS, on_event, self, NULL);
}

static void
on_unmap (GtkWidget *view)
{
  BudgetView *self = view_of (view);

  if (self->watch != 0)
    dmc_endpoint_unwatch (self->control, self->watch);
  self->watch = 0;
}

/* ---- another budget ---- */

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) view = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  BudgetView *self = view_of (view);

  dmc_host_tell_outcome (self->host, _ ("Could not change the budget"), error);
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer) && gtk_widget_get_mapped (view))
    dmc_budget_list_update (self->list, json_node_get_object (answer));
}

static void
change (GtkWidget *list, const char *resource, gint64 budget, gpointer user_data)
{
  GtkWidget *view = user_data;
  BudgetView *self = view_of (view);
  JsonObject *params = dmc_json_object ("id:i", dmc_domain_get_id (self->domain), NULL);

  if (budget < 0)
    json_object_set_null_member (params, resource);
  else
    json_object_set_int_member (params, resource, budget);
  dmc_endpoint_call_async (self->control, "guard.set", dmc_json_take_object (params), NULL, on_changed, g_object_ref (view));
}

static GtkWidget *
new_content (BudgetView *self, GtkWidget *view)
{
  GtkWidget *clamp = hdy_clamp_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *battery = gtk_label_new (NULL), *note = gtk_label_new (_ ("Budgets that are set here hold until another policy is loaded."));

  self->list = dmc_budget_list_new (_ ("Budgets"), change, view);
  self->battery = GTK_LABEL (battery);
  gtk_label_set_xalign (self->battery, 0);
  gtk_label_set_line_wrap (self->battery, TRUE);
  gtk_label_set_xalign (GTK_LABEL (note), 0);
  gtk_label_set_line_wrap (GTK_LABEL (note), TRUE);
  gtk_style_context_add_class (gtk_widget_get_style_context (note), "dim-label");
  gtk_style_context_add_class (gtk_widget_get_style_context (note), "dmc-caption");
  hdy_clamp_set_maximum_size (HDY_CLAMP (clamp), 720);
  g_object_set (box, "margin", 12, NULL);
  gtk_container_add (GTK_CONTAINER (box), battery);
  gtk_container_add (GTK_CONTAINER (box), self->list);
  gtk_container_add (GTK_CONTAINER (box), note);
  gtk_container_add (GTK_CONTAINER (clamp), box);
  return clamp;
}

GtkWidget *
dmc_domain_budget_view_new (DmcHost *host, DmcDomain *domain)
{
  GtkWidget *view = gtk_scrolled_window_new (NULL, NULL);
  BudgetView *self = g_new0 (BudgetView, 1);

  self->host = g_object_ref (host);
  self->domain = g_object_ref (domain);
  self->control = g_object_ref (dmc_host_get_endpoint (host, "control"));
  g_object_set_data_full (G_OBJECT (view), "dmc-budget-view", self, budget_view_free);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (view), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_container_add (GTK_CONTAINER (view), new_content (self, view));
  gtk_widget_show_all (view);
  g_signal_connect (view, "map", G_CALLBACK (on_map), NULL);
  g_signal_connect (view, "unmap", G_CALLBACK (on_unmap), NULL);
  return view;
}

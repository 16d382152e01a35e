/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "budget-view.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/budget-list.h"
#include "rpc/json.h"

#define REFRESH_SECONDS 2

/* One program with a budget, as long as guard.get tells of it. */
typedef struct {
  GtkWidget *group, *list;
  gint64 pid;
  gint64 cpu_ns, cpu_at_us; /* processor time when it was last looked at; 0: not yet */
  gboolean told;
} Program;

typedef struct {
  DmcHost *host;
  DmcEndpoint *agent;
  char *workspace;
  GHashTable *programs; /* pid → Program */
  guint refresh;
  GtkWidget *view, *box, *none;
  GtkLabel *battery, *note;
} BudgetView;

static void
budget_view_free (gpointer data)
{
  BudgetView *self = data;

  g_clear_handle_id (&self->refresh, g_source_remove);
  g_object_unref (self->host);
  g_object_unref (self->agent);
  g_hash_table_unref (self->programs);
  g_free (self->workspace);
  g_free (self);
}

static BudgetView *
view_of (GtkWidget *view)
{
  return g_object_get_data (G_OBJECT (view), "dmc-budget-view");
}

/* ---- another budget ---- */

static void refresh (BudgetView *self);

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) view = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  BudgetView *self = view_of (view);

  dmc_host_tell_outcome (self->host, _ ("Could not change the budget"), error);
  if (answer != NULL && gtk_widget_get_mapped (view))
    refresh (self);
}

static void
change (GtkWidget *list, const char *resource, gint64 budget, gpointer user_data)
{
  BudgetView *self = user_data;
  Program *program = g_object_get_data (G_OBJECT (list), "dmc-program");
  JsonObject *params = dmc_json_object ("workspace:s", self->workspace, "pid:i", program->pid, NULL);

  if (budget < 0)
    json_object_set_null_member (params, resource);
  else
    json_object_set_int_member (params, resource, budget);
  dmc_endpoint_call_async (self->agent, "guard.set", dmc_json_take_object (params), NULL, on_changed, g_object_ref (self->view));
}

/* ---- the programs ---- */

static Program *
program_new (BudgetView *self, JsonObject *app)
{
  Program *program = g_new0 (Program, 1);
  const char *name = dmc_json_get_string (app, "app", _ ("A command"));
  /* TRANSLATORS: number of a process, and its label in the access policy */
  g_autofree char *text = g_strdup_printf (_ ("Process %d · label %s"), (int)dmc_json_get_int (app, "pid", 0),
                                           dmc_json_get_string (app, "label", ""));
  g_autofree char *spoken = g_strdup_printf ("%s: %s", name, text); /* the labels of a group are not told */

  program->pid = dmc_json_get_int (app, "pid", 0);
  program->group = hdy_preferences_group_new ();
  program->list = dmc_budget_list_new (spoken, change, self);
  g_object_set_data (G_OBJECT (program->list), "dmc-program", program);
  hdy_preferences_group_set_title (HDY_PREFERENCES_GROUP (program->group), name);
  hdy_preferences_group_set_description (HDY_PREFERENCES_GROUP (program->group), text);
  gtk_container_add (GTK_CONTAINER (program->group), program->list);
  gtk_widget_show (program->group);
  gtk_container_add (GTK_CONTAINER (self->box), program->group);
  g_hash_table_insert (self->programs, GINT_TO_POINTER ((int)program->pid), program);
  return program;
}

/* The agent tells processor time as it sums up; people want to know how fast. */
static void
take_rate (Program *program, JsonObject *app)
{
  JsonObject *cpu = dmc_json_get_object (app, "cpu");
  gint64 ns = dmc_json_get_int (cpu, "used", 0), now_us = g_get_monotonic_time ();
  gint64 passed_us = now_us - program->cpu_at_us;

  if (cpu == NULL)
    return;
  json_object_set_int_member (cpu, "used", program->cpu_at_us > 0 && passed_us > 0 ? (ns - program->cpu_ns) / (passed_us * 10) : 0);
  program->cpu_ns = ns;
  program->cpu_at_us = now_us;
}

static gboolean
drop_if_gone (gpointer key, gpointer value, gpointer user_data)
{
  Program *program = value;

  if (program->told)
    return FALSE;
  gtk_widget_destroy (program->group);
  return TRUE;
}

static void
show_programs (BudgetView *self, JsonArray *apps)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((Program *)value)->told = FALSE;
  for (guint i = 0; apps != NULL && i < json_array_get_length (apps); i++) {
    JsonObject *app = json_array_get_object_element (apps, i);
    Program *program;

    if (g_strcmp0 (dmc_json_get_string (app, "workspace", ""), self->workspace) != 0)
      continue;
    program = g_hash_table_lookup (self->programs, GINT_TO_POINTER ((int)dmc_json_get_int (app, "pid", 0)));
    if (program == NULL)
      program = program_new (self, app);
    program->told = TRUE;
    take_rate (program, app);
    dmc_budget_list_update (program->list, app);
  }
  g_hash_table_foreach_remove (self->programs, drop_if_gone, NULL);
  gtk_widget_set_visible (self->none, g_hash_table_size (self->programs) == 0);
}

static void
show (BudgetView *self, JsonObject *guard)
{
  gboolean groups = g_strcmp0 (dmc_json_get_string (guard, "backend", ""), "rlimit") != 0;
  g_autofree char *battery = dmc_budget_describe_battery (guard);

  gtk_label_set_text (self->battery, battery);
  gtk_label_set_text (self->note, groups ? _ ("Budgets that are set here hold until the program ends or another policy is loaded.")
                                         : _ ("This host gives no control groups: memory and processes are limited for each process, "
                                              "processor time is not, and what runs keeps the budget it was started with."));
  show_programs (self, dmc_json_get_array (guard, "apps"));
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
refresh (BudgetView *self)
{
  dmc_endpoint_call_async (self->agent, "guard.get", NULL, NULL, on_got, g_object_ref (self->view));
}

static gboolean
on_refresh (gpointer user_data)
{
  refresh (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_map (GtkWidget *view)
{
  BudgetView *self = view_of (view);

  refresh (self);
  if (self->refresh == 0)
    self->refresh = g_timeout_add_seconds (REFRESH_SECONDS, on_refresh, self);
}

static void
on_unmap (GtkWidget *view)
{
  g_clear_handle_id (&view_of (view)->refresh, g_source_remove);
}

/* ---- the widgets ---- */

static GtkWidget *
new_text (const char *text, gboolean dim)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  if (dim)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  return label;
}

static GtkWidget *
new_content (BudgetView *self)
{
  GtkWidget *clamp = hdy_clamp_new (), *outer = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  self->battery = GTK_LABEL (new_text (NULL, FALSE));
  self->note = GTK_LABEL (new_text (NULL, TRUE));
  self->none = new_text (_ ("No program with a budget runs. Those have one whose label the policy limits."), TRUE);
  hdy_clamp_set_maximum_size (HDY_CLAMP (clamp), 720);
  g_object_set (outer, "margin", 12, NULL);
  gtk_container_add (GTK_CONTAINER (outer), GTK_WIDGET (self->battery));
  gtk_container_add (GTK_CONTAINER (outer), self->none);
  gtk_container_add (GTK_CONTAINER (outer), self->box);
  gtk_container_add (GTK_CONTAINER (outer), GTK_WIDGET (self->note));
  gtk_container_add (GTK_CONTAINER (clamp), outer);
  return clamp;
}

GtkWidget *
dmc_app_budget_view_new (DmcHost *host, const char *workspace)
{
  GtkWidget *view = gtk_scrolled_window_new (NULL, NULL);
  BudgetView *self = g_new0 (BudgetView, 1);

  self->host = g_object_ref (host);
  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  self->workspace = g_strdup (workspace);
  self->programs = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->view = view;
  g_object_set_data_full (G_OBJECT (view), "dmc-budget-view", self, budget_view_free);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (view), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_container_add (GTK_CONTAINER (view), new_content (self));
  gtk_widget_show_all (view);
  g_signal_connect (view, "map", G_CALLBACK (on_map), NULL);
  g_signal_connect (view, "unmap", G_CALLBACK (on_unmap), NULL);
  return view;
}

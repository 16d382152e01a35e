/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/budget-list.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

/* What the protocol names; @unit: of a number that is not an amount of memory */
static const struct resource {
  const char *name, *title, *unit;
  gboolean is_kib;
  guint step;
} resources[] = {
  { "memory", N_ ("Memory"), NULL, TRUE, 1024 },
  { "cpu", N_ ("Processor time"), "%", FALSE, 5 },
  { "energy", N_ ("Energy"), "mW", FALSE, 10 },
  { "processes", N_ ("Processes"), "", FALSE, 8 },
  { "events", N_ ("Events"), "/s", FALSE, 100 },
  { "event_channels", N_ ("Event channels"), "", FALSE, 1 },
  { "grants", N_ ("Pages of others"), "/s", FALSE, 100 },
  { "page_updates", N_ ("Page-table updates"), "/s", FALSE, 1000 },
  { "console", N_ ("Console"), "B/s", FALSE, 1024 },
};

typedef struct {
  const struct resource *resource;
  GtkWidget *row, *list;
  GtkLabel *amount, *held_back;
  GtkLevelBar *bar;
  GtkSpinButton *spin;
  gint64 budget; /* -1: none */
} BudgetRow;

typedef struct {
  DmcBudgetFunc change;
  gpointer user_data;
  BudgetRow *rows[G_N_ELEMENTS (resources)]; /* NULL until they are told of */
} BudgetList;

static void
budget_list_free (gpointer data)
{
  BudgetList *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (resources); i++)
    g_free (self->rows[i]);
  g_free (self);
}

static BudgetList *
list_of (GtkWidget *list)
{
  return g_object_get_data (G_OBJECT (list), "dmc-budget-list");
}

/* ---- words ---- */

static char *
format_amount (const struct resource *resource, gint64 amount)
{
  if (resource->is_kib)
    return g_format_size_full ((guint64)amount * 1024, G_FORMAT_SIZE_IEC_UNITS);
  return g_strstrip (g_strdup_printf ("%" G_GINT64_FORMAT "%s%s", amount, *resource->unit == '/' ? "" : " ", resource->unit));
}

static char *
describe (const struct resource *resource, gint64 used, gint64 budget)
{
  g_autofree char *spent = format_amount (resource, used), *most = budget >= 0 ? format_amount (resource, budget) : NULL;

  if (most == NULL)
    /* TRANSLATORS: an amount that is used, where there is no limit */
    return g_strdup_printf (_ ("%s, no limit"), spent);
  /* TRANSLATORS: an amount that is used, and how much may be */
  return g_strdup_printf (_ ("%s of %s"), spent, most);
}

char *
dmc_budget_describe_battery (JsonObject *guard)
{
  JsonObject *battery = dmc_json_get_object (guard, "battery");
  int percent = (int)(dmc_json_get_double (battery, "percent", 0) + 0.5);
  gint64 scale = dmc_json_get_int (guard, "scale_percent", dmc_json_get_int (guard, "share_percent", 100));
  g_autofree char *level = NULL, *left = NULL;

  if (battery == NULL || !dmc_json_get_boolean (battery, "present", FALSE))
    level = g_strdup (_ ("No battery"));
  else if (dmc_json_get_boolean (battery, "discharging", FALSE))
    level = g_strdup_printf (_ ("Battery at %d %%, discharging"), percent);
  else
    level = g_strdup_printf (_ ("Battery at %d %%, not discharging"), percent);
  left = scale < 100 ? g_strdup_printf (_ ("Budgets are tightened to %d %%"), (int)scale) : g_strdup (_ ("Budgets hold in full"));
  /* TRANSLATORS: a sentence on the battery, one on what is left of the budgets */
  return g_strdup_printf (_ ("%s. %s."), level, left);
}

/* ---- a budget is changed ---- */

static void
want (BudgetRow *row, gint64 budget)
{
  BudgetList *self = list_of (row->list);

  gtk_popover_popdown (GTK_POPOVER (gtk_widget_get_ancestor (GTK_WIDGET (row->spin), GTK_TYPE_POPOVER)));
  self->change (row->list, row->resource->name, budget, self->user_data);
}

static void
on_set (BudgetRow *row)
{
  gtk_spin_button_update (row->spin);
  want (row, (gint64)(gtk_spin_button_get_value (row->spin) * (row->resource->is_kib ? 1024 : 1) + 0.5));
}

static void
on_none (BudgetRow *row)
{
  want (row, -1);
}

/* What holds now is where the user begins; memory is set in MiB. */
static void
on_popover (BudgetRow *row)
{
  if (row->budget >= 0)
    gtk_spin_button_set_value (row->spin, (double)row->budget / (row->resource->is_kib ? 1024 : 1));
}

static GtkWidget *
new_popover (BudgetRow *row, GtkWidget *button)
{
  GtkWidget *popover = gtk_popover_new (button), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *spin = gtk_spin_button_new_with_range (0, (double)(G_MAXUINT32 - 1) / (row->resource->is_kib ? 1024 : 1),
                                                    row->resource->is_kib ? row->resource->step / 1024 : row->resource->step);
  GtkWidget *set = gtk_button_new_with_mnemonic (_ ("_Set")), *none = gtk_button_new_with_mnemonic (_ ("_No Limit"));
  GtkWidget *unit = gtk_label_new (row->resource->is_kib ? "MiB" : row->resource->unit);

  row->spin = GTK_SPIN_BUTTON (spin);
  g_object_set (box, "margin", 8, NULL);
  gtk_spin_button_set_numeric (row->spin, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (spin), _ (row->resource->title));
  gtk_style_context_add_class (gtk_widget_get_style_context (set), "suggested-action");
  gtk_container_add (GTK_CONTAINER (box), spin);
  gtk_container_add (GTK_CONTAINER (box), unit);
  gtk_container_add (GTK_CONTAINER (box), set);
  gtk_container_add (GTK_CONTAINER (box), none);
  g_signal_connect_swapped (set, "clicked", G_CALLBACK (on_set), row);
  g_signal_connect_swapped (spin, "activate", G_CALLBACK (on_set), row);
  g_signal_connect_swapped (none, "clicked", G_CALLBACK (on_none), row);
  g_signal_connect_swapped (popover, "show", G_CALLBACK (on_popover), row);
  gtk_widget_show_all (box);
  gtk_container_add (GTK_CONTAINER (popover), box);
  return popover;
}

/* ---- rows ---- */

static GtkWidget *
new_change_button (BudgetRow *row)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autofree char *name = g_strdup_printf (_ ("Change the budget: %s"), _ (row->resource->title));

  gtk_button_set_image (GTK_BUTTON (button), gtk_image_new_from_icon_name ("document-edit-symbolic", GTK_ICON_SIZE_BUTTON));
  gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, name);
  atk_object_set_name (gtk_widget_get_accessible (button), name);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), new_popover (row, button));
  return button;
}

static GtkWidget *
new_label (const char *text, double xalign, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), (float)xalign);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (style != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), style);
  return label;
}

static BudgetRow *
add_row (GtkWidget *list, guint i)
{
  BudgetRow *row = g_new0 (BudgetRow, 1);
  GtkWidget *grid = gtk_grid_new (), *title = new_label (_ (resources[i].title), 0, NULL);

  row->resource = &resources[i];
  row->list = list;
  row->row = gtk_list_box_row_new ();
  row->amount = GTK_LABEL (new_label (NULL, 1, "dim-label"));
  row->held_back = GTK_LABEL (new_label (NULL, 0, "dmc-caption"));
  row->bar = GTK_LEVEL_BAR (gtk_level_bar_new ());
  gtk_level_bar_remove_offset_value (row->bar, GTK_LEVEL_BAR_OFFSET_LOW); /* little is not bad here */
  gtk_level_bar_remove_offset_value (row->bar, GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (row->bar, GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (row->bar)), "dmc-thin");
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (row->bar)), _ (resources[i].title));
  g_object_set (grid, "margin-start", 12, "margin-end", 6, "margin-top", 8, "margin-bottom", 8, "row-spacing", 4, "column-spacing", 12, NULL);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_set_valign (grid, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (row->bar), GTK_ALIGN_CENTER);
  gtk_grid_attach (GTK_GRID (grid), title, 0, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (row->amount), 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (row->bar), 0, 1, 2, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (row->held_back), 0, 2, 2, 1);
  if (list_of (list)->change != NULL)
    gtk_grid_attach (GTK_GRID (grid), new_change_button (row), 2, 0, 1, 3);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row->row), FALSE);
  gtk_container_add (GTK_CONTAINER (row->row), grid);
  gtk_widget_show_all (row->row);
  gtk_container_add (GTK_CONTAINER (list), row->row);
  return row;
}

static void
show (BudgetRow *row, JsonObject *spending)
{
  gint64 used = dmc_json_get_int (spending, "used", 0);
  gulong throttled = (gulong)dmc_json_get_int (spending, "throttled", 0);
  g_autofree char *text = NULL, *held_back = NULL, *spoken = NULL;

  row->budget = dmc_json_get_int (spending, "budget", -1);
  text = describe (row->resource, used, row->budget);
  gtk_label_set_text (row->amount, text);
  gtk_level_bar_set_value (row->bar, row->budget > 0 ? CLAMP ((double)used / (double)row->budget, 0, 1) : 0);
  gtk_widget_set_visible (GTK_WIDGET (row->bar), row->budget >= 0);
  held_back = g_strdup_printf (ngettext ("Held back %lu time", "Held back %lu times", throttled), throttled);
  gtk_label_set_text (row->held_back, held_back);
  gtk_widget_set_visible (GTK_WIDGET (row->held_back), throttled > 0);
  spoken = throttled > 0 ? g_strdup_printf ("%s: %s: %s", _ (row->resource->title), text, held_back)
                         : g_strdup_printf ("%s: %s", _ (row->resource->title), text);
  atk_object_set_name (gtk_widget_get_accessible (row->row), spoken);
}

void
dmc_budget_list_update (GtkWidget *list, JsonObject *spending)
{
  BudgetList *self = list_of (list);

  for (guint i = 0; i < G_N_ELEMENTS (resources); i++) {
    JsonObject *one = dmc_json_get_object (spending, resources[i].name);

    if (one == NULL)
      continue;
    if (self->rows[i] == NULL)
      self->rows[i] = add_row (list, i);
    show (self->rows[i], one);
  }
}

GtkWidget *
dmc_budget_list_new (const char *name, DmcBudgetFunc change, gpointer user_data)
{
  GtkWidget *list = gtk_list_box_new ();
  BudgetList *self = g_new0 (BudgetList, 1);

  self->change = change;
  self->user_data = user_data;
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_style_context_add_class (gtk_widget_get_style_context (list), "content");
  atk_object_set_name (gtk_widget_get_accessible (list), name);
  g_object_set_data_full (G_OBJECT (list), "dmc-budget-list", self, budget_list_free);
  gtk_widget_show (list);
  return list;
}

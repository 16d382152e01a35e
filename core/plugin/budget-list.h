/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What somebody may spend, and spends, as bars: of a domain, of an app. */

/* The user wants another budget. @budget: in the unit of the protocol; -1: none */
typedef void (*DmcBudgetFunc) (GtkWidget *list, const char *resource, gint64 budget, gpointer user_data);

/**
 * dmc_budget_list_new:
 * @name: for assistive technology
 * @change: (nullable): called when the user sets a budget; NULL: budgets are only shown
 * @user_data: (not owned): for @change
 *
 * Returns: (transfer floating): a list without rows
 */
GtkWidget *dmc_budget_list_new (const char *name, DmcBudgetFunc change, gpointer user_data);

/**
 * dmc_budget_list_update:
 * @list: of dmc_budget_list_new()
 * @spending: members named by resources, each {budget, used, throttled}, as guard.get tells them
 *
 * Shows what is spent now; rows come when their resource is first told.
 */
void dmc_budget_list_update (GtkWidget *list, JsonObject *spending);

/* What guard.get tells of the battery, and of what is left of the budgets, as a sentence: (transfer full) */
char *dmc_budget_describe_battery (JsonObject *guard);

G_END_DECLS

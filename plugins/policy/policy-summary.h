/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Fills @list with what a policy document is made of: its models, types, rules and labels. */
void dmc_policy_summary_fill (GtkListBox *list, JsonObject *policy);

G_END_DECLS

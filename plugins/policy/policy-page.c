/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-page.h"

#include <glib/gi18n.h>

#include "policy-pane.h"

static const struct scope {
  const char *endpoint; /* also its name in the stack */
  const char *title;
} scopes[] = {
  { "agent", N_ ("Apps") },
  { "control", N_ ("Domains") },
};

/* A pane asks its endpoint and keeps what it has been told, so that it is made when it is first looked at. */
static void
show_pane (GtkStack *stack, GParamSpec *pspec, DmcHost *host)
{
  GtkWidget *place = gtk_stack_get_visible_child (stack);
  g_autoptr (GList) there = gtk_container_get_children (GTK_CONTAINER (place));

  if (there == NULL)
    gtk_container_add (GTK_CONTAINER (place), dmc_policy_pane_new (host, gtk_stack_get_visible_child_name (stack)));
}

static GtkWidget *
new_switcher (GtkStack *stack)
{
  GtkWidget *switcher = gtk_stack_switcher_new ();

  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), stack);
  gtk_widget_set_halign (switcher, GTK_ALIGN_CENTER);
  g_object_set (switcher, "margin-top", 8, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (switcher), "dmc-tabs");
  atk_object_set_name (gtk_widget_get_accessible (switcher), _ ("Whose policy"));
  return switcher;
}

GtkWidget *
dmc_policy_page_new (DmcHost *host)
{
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *stack = gtk_stack_new ();

  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    gtk_stack_add_titled (GTK_STACK (stack), gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), scopes[i].endpoint,
                          _ (scopes[i].title));
  gtk_stack_set_homogeneous (GTK_STACK (stack), FALSE);
  gtk_container_add (GTK_CONTAINER (page), new_switcher (GTK_STACK (stack)));
  gtk_container_add (GTK_CONTAINER (page), stack);
  gtk_widget_show_all (page);
  g_signal_connect_object (stack, "notify::visible-child", G_CALLBACK (show_pane), host, 0);
  show_pane (GTK_STACK (stack), NULL, host);
  return page;
}

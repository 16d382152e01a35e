/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "focus-guard.h"

/* A window knows the widget that has its focus by a bare pointer. Where a part of it goes away while a menu is open over it,
 * the menu gives the focus back to a widget in that part after the window has looked there, and the window goes on with one
 * that is gone: the next key or menu is a use of freed memory. What moves out of the window therefore gives the focus up. */

/* Each container remembers which of its children had the focus, to go on from there. Where the focus has gone with what had
 * it, that may be one that is gone, too, or a page that is not shown any more, and keys would never get past it. */
static void
forget_what_is_not_shown (GtkContainer *container)
{
  GtkWidget *remembered = gtk_container_get_focus_child (container);
  g_autoptr (GtkWidget) child = remembered != NULL ? g_object_ref (remembered) : NULL; /* perhaps nobody else has it */
  gboolean is_here = child != NULL && gtk_widget_get_parent (child) == GTK_WIDGET (container);

  if (child == NULL)
    return;
  if (!is_here || !gtk_widget_get_child_visible (child))
    gtk_container_set_focus_child (container, NULL);
  if (is_here && GTK_IS_CONTAINER (child))
    forget_what_is_not_shown (GTK_CONTAINER (child));
}

static void
on_hierarchy_changed (GtkWidget *widget, GtkWidget *previous, GtkWindow *window)
{
  if (gtk_window_get_focus (window) != widget || gtk_widget_get_toplevel (widget) == GTK_WIDGET (window))
    return;
  gtk_window_set_focus (window, NULL);
  forget_what_is_not_shown (GTK_CONTAINER (window));
}

static gboolean
on_set_focus (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  GtkWindow *window = g_value_get_object (&values[0]);
  GtkWidget *widget = g_value_get_object (&values[1]);

  if (widget != NULL
      && g_signal_handler_find (widget, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0, NULL, on_hierarchy_changed, window) == 0)
    g_signal_connect_object (widget, "hierarchy-changed", G_CALLBACK (on_hierarchy_changed), window, 0);
  return TRUE;
}

static gboolean
on_move_focus (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  GtkWidget *widget = g_value_get_object (&values[0]);

  if (GTK_IS_WINDOW (widget) && gtk_window_get_focus (GTK_WINDOW (widget)) == NULL)
    forget_what_is_not_shown (GTK_CONTAINER (widget));
  return TRUE;
}

/* A popover asks its window to tell it of the focus while it is open, and forgets to take that back where something else has
 * taken its grab away and it is moved out of the window then: the window would tell one that is freed. */

typedef struct {
  GWeakRef window;
  gpointer popover; /* not to be looked at: it is gone when this is used */
} Asking;

static void
take_back (Asking *asking)
{
  g_autoptr (GObject) window = g_weak_ref_get (&asking->window);

  if (window != NULL)
    g_signal_handlers_disconnect_by_data (window, asking->popover);
  g_weak_ref_clear (&asking->window);
  g_free (asking);
}

static gboolean
on_map (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  GtkWidget *widget = g_value_get_object (&values[0]);
  GtkWidget *window = GTK_IS_POPOVER (widget) ? gtk_widget_get_toplevel (widget) : NULL;
  Asking *asking;

  if (window == NULL || !GTK_IS_WINDOW (window) || g_object_get_data (G_OBJECT (widget), "dmc-asks") == window)
    return TRUE;
  asking = g_new0 (Asking, 1);
  g_weak_ref_init (&asking->window, window);
  asking->popover = widget;
  g_object_set_data (G_OBJECT (widget), "dmc-asks", window);
  g_object_set_data_full (G_OBJECT (widget), "dmc-asking", asking, (GDestroyNotify) take_back);
  return TRUE;
}

/**
 * dmc_focus_guard_install:
 *
 * Sees to it, for every window of the process, those of plugins too, that none keeps the focus on a widget that has left it,
 * and that the keyboard then reaches what is there. To be called once, after GTK is initialized.
 */
void
dmc_focus_guard_install (void)
{
  g_type_class_unref (g_type_class_ref (GTK_TYPE_WINDOW)); /* its signals are known from then on */
  g_signal_add_emission_hook (g_signal_lookup ("set-focus", GTK_TYPE_WINDOW), 0, on_set_focus, NULL, NULL);
  g_signal_add_emission_hook (g_signal_lookup ("map", GTK_TYPE_WIDGET), 0, on_map, NULL, NULL);
  g_signal_add_emission_hook (g_signal_lookup ("move-focus", GTK_TYPE_WIDGET), 0, on_move_focus, NULL, NULL);
}

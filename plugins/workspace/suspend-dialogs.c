/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend-dialogs.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

#define ANYWHERE_KEY "dmc-anywhere"

/* More would make the dialog higher than a screen. */
#define MAX_SHOWN 8

static GtkWidget *
question_new (GtkWindow *parent, GtkMessageType type, const char *title, const char *text, const char *accept,
              const char *style_class)
{
  GtkWidget *dialog = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, type,
                                              GTK_BUTTONS_NONE, "%s", title);
  GtkWidget *button;

  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", text);
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), accept, GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), style_class);
  return dialog;
}

/**
 * dmc_suspend_dialog_new:
 * @parent: the window that it belongs to
 * @name: the workspace's name
 *
 * Returns: (transfer full): asks whether to suspend the workspace, and for where
 */
GtkWidget *
dmc_suspend_dialog_new (GtkWindow *parent, const char *name)
{
  g_autofree char *title = g_strdup_printf (_ ("Suspend “%s”?"), name);
  GtkWidget *dialog = question_new (parent, GTK_MESSAGE_QUESTION, title,
                                    _ ("Every program is saved as it is, with what you have not saved in it, and goes on when "
                                       "you resume the workspace. Connections to the network end."),
                                    _ ("_Suspend"), "suggested-action");
  GtkWidget *area = gtk_message_dialog_get_message_area (GTK_MESSAGE_DIALOG (dialog));
  GtkWidget *anywhere = gtk_check_button_new_with_mnemonic (_ ("Make it possible to resume on _any computer"));

  gtk_widget_set_tooltip_text (anywhere, _ ("Takes longer, and room for the files of this computer that the programs use"));
  gtk_widget_set_margin_top (anywhere, 12);
  gtk_widget_show (anywhere);
  gtk_container_add (GTK_CONTAINER (area), anywhere);
  g_object_set_data (G_OBJECT (dialog), ANYWHERE_KEY, anywhere);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  return dialog;
}

gboolean
dmc_suspend_dialog_get_anywhere (GtkWidget *dialog)
{
  return gtk_toggle_button_get_active (g_object_get_data (G_OBJECT (dialog), ANYWHERE_KEY));
}

/**
 * dmc_suspend_switch_dialog_new:
 * @parent: the window that it belongs to
 * @name: the name of a workspace whose setting “suspend” is off
 *
 * Returns: (transfer full): says why the workspace cannot be suspended, and asks whether to switch it on for the next time
 */
GtkWidget *
dmc_suspend_switch_dialog_new (GtkWindow *parent, const char *name)
{
  g_autofree char *title = g_strdup_printf (_ ("“%s” was opened so that it cannot be suspended"), name);

  return question_new (parent, GTK_MESSAGE_QUESTION, title,
                       _ ("Its setting “Suspend” is off. If you switch it on, the workspace can be suspended from the next time on that "
                          "you log in."),
                       _ ("_Switch On"), "suggested-action");
}

/**
 * dmc_obstacles_dialog_new:
 * @parent: the window that it belongs to
 * @name: the workspace's name
 * @obstacles: Obstacle objects
 *
 * Returns: (transfer full): shows what is in the way, and asks whether to end it and to try again. The programs can be used
 * meanwhile, to save what is in them.
 */
GtkWidget *
dmc_obstacles_dialog_new (GtkWindow *parent, const char *name, JsonArray *obstacles)
{
  g_autofree char *title = g_strdup_printf (_ ("“%s” cannot be suspended yet"), name);
  g_autoptr (GString) text = g_string_new (_ ("These programs are in the way. Save your work in them, close them and try again, or "
                                              "let them be ended now. Everything else runs on."));
  GtkWidget *dialog;
  guint shown = 0;

  g_string_append_c (text, '\n');
  for (guint i = 0; i < json_array_get_length (obstacles); i++) {
    JsonObject *one = json_array_get_object_element (obstacles, i);

    if (!dmc_json_get_boolean (one, "blocks", TRUE) || ++shown > MAX_SHOWN)
      continue;
    g_string_append_printf (text, "\n• %s: %s", dmc_json_get_string (one, "command", dmc_json_get_string (one, "name", "?")),
                            dmc_json_get_string (one, "text", ""));
  }
  if (shown > MAX_SHOWN)
    g_string_append_printf (text, _ ("\n… and %u more"), shown - MAX_SHOWN);
  dialog = question_new (parent, GTK_MESSAGE_WARNING, title, text->str, _ ("_End Them and Try Again"), "destructive-action");
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Try Again"), DMC_OBSTACLES_TRY_AGAIN);
  gtk_window_set_modal (GTK_WINDOW (dialog), FALSE);
  return dialog;
}

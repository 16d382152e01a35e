/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host-check.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

struct _DmcHostCheck {
  GtkMenuButton parent_instance;

  GCancellable *looking; /* NULL before the first look */
  GtkImage *icon;
  GtkLabel *label;
  GtkBox *findings;
};

G_DEFINE_FINAL_TYPE (DmcHostCheck, dmc_host_check, GTK_TYPE_MENU_BUTTON)

static GtkWidget *
text_new (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 44);
  if (style != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), style);
  return label;
}

static void
add_finding (DmcHostCheck *self, JsonObject *finding)
{
  gboolean required = dmc_json_get_boolean (finding, "required", FALSE);
  const char *hint = dmc_json_get_string (finding, "hint", "");
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *icon = gtk_image_new_from_icon_name (required ? "dialog-error-symbolic" : "dialog-information-symbolic",
                                                  GTK_ICON_SIZE_BUTTON);

  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  if (required)
    gtk_style_context_add_class (gtk_widget_get_style_context (icon), "dmc-state-crashed");
  gtk_box_pack_start (GTK_BOX (texts), text_new (dmc_json_get_string (finding, "text", ""), NULL), FALSE, FALSE, 0);
  if (*hint != '\0')
    gtk_box_pack_start (GTK_BOX (texts), text_new (hint, "dim-label"), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), texts, TRUE, TRUE, 0);
  gtk_widget_show_all (row);
  gtk_box_pack_start (self->findings, row, FALSE, FALSE, 0);
}

/* Returns: how many findings there are that are not as they should be */
static guint
show_findings (DmcHostCheck *self, JsonArray *findings)
{
  guint n = 0;

  gtk_container_foreach (GTK_CONTAINER (self->findings), (GtkCallback) (void (*) (void)) gtk_widget_destroy, NULL);
  for (guint i = 0; findings != NULL && i < json_array_get_length (findings); i++) {
    JsonObject *finding = json_array_get_object_element (findings, i);

    if (dmc_json_get_boolean (finding, "ok", TRUE))
      continue;
    add_finding (self, finding);
    n++;
  }
  return n;
}

static void
show_result (DmcHostCheck *self, JsonObject *result)
{
  gboolean ready = dmc_json_get_boolean (result, "ready", TRUE);
  guint n = show_findings (self, dmc_json_get_array (result, "findings"));
  g_autofree char *some = g_strdup_printf (
      g_dngettext (NULL, "%u thing is missing on this computer", "%u things are missing on this computer", n), n);

  gtk_label_set_text (self->label, ready ? some : _ ("This computer cannot open it"));
  gtk_image_set_from_icon_name (self->icon, ready ? "dialog-information-symbolic" : "dialog-error-symbolic",
                                GTK_ICON_SIZE_BUTTON);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self)), gtk_label_get_text (self->label));
  gtk_widget_set_visible (GTK_WIDGET (self), n > 0);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcHostCheck) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  /* An answer to an older look is a cancelled one. What cannot be checked is told when it is opened. */
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer) && self->findings != NULL)
    show_result (self, json_node_get_object (answer));
}

/**
 * dmc_host_check_look:
 * @self: the button
 * @agent: (transfer none): who checks
 * @workspace: (nullable): id of the workspace to check the computer for; %NULL shows nothing
 */
void
dmc_host_check_look (DmcHostCheck *self, DmcEndpoint *agent, const char *workspace)
{
  g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  gtk_widget_hide (GTK_WIDGET (self));
  if (workspace == NULL || !dmc_endpoint_is_connected (agent))
    return;
  self->looking = g_cancellable_new ();
  dmc_endpoint_call_async (agent, "workspace.check", dmc_json_node ("id:s", workspace, NULL), self->looking, on_checked,
                           g_object_ref (self));
}

static void
dmc_host_check_destroy (GtkWidget *widget)
{
  DmcHostCheck *self = DMC_HOST_CHECK (widget);

  g_cancellable_cancel (self->looking);
  self->findings = NULL;
  GTK_WIDGET_CLASS (dmc_host_check_parent_class)->destroy (widget);
}

static void
dmc_host_check_finalize (GObject *object)
{
  g_clear_object (&DMC_HOST_CHECK (object)->looking);
  G_OBJECT_CLASS (dmc_host_check_parent_class)->finalize (object);
}

static void
dmc_host_check_class_init (DmcHostCheckClass *klass)
{
  GTK_WIDGET_CLASS (klass)->destroy = dmc_host_check_destroy;
  G_OBJECT_CLASS (klass)->finalize = dmc_host_check_finalize;
}

static void
dmc_host_check_init (DmcHostCheck *self)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *popover = gtk_popover_new (GTK_WIDGET (self));
  GtkWidget *arrow = gtk_image_new_from_icon_name ("pan-down-symbolic", GTK_ICON_SIZE_BUTTON);

  self->icon = GTK_IMAGE (gtk_image_new ());
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_ellipsize (self->label, PANGO_ELLIPSIZE_END);
  gtk_box_pack_start (GTK_BOX (content), GTK_WIDGET (self->icon), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), GTK_WIDGET (self->label), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), arrow, FALSE, FALSE, 0);
  gtk_widget_set_halign (content, GTK_ALIGN_CENTER);
  gtk_container_add (GTK_CONTAINER (self), content);
  gtk_widget_show_all (content);

  self->findings = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 12));
  g_object_set (self->findings, "margin", 12, "visible", TRUE, NULL);
  gtk_container_add (GTK_CONTAINER (popover), GTK_WIDGET (self->findings));
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self), popover);
  gtk_button_set_relief (GTK_BUTTON (self), GTK_RELIEF_NONE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), _ ("What is missing, and what to do about it"));
}

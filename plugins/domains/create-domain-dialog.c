/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "create-domain-dialog.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

struct _DmcCreateDomainDialog {
  GtkDialog parent_instance;

  DmcHost *host;
  DmcEndpoint *control;
  GCancellable *cancellable;
  gboolean creating;
  gint64 created; /* id of the new domain while it is being started */

  GtkWidget *form;
  GtkEntry *name;
  GtkComboBoxText *image;
  GtkSpinButton *memory;
  GtkAdjustment *memory_adjustment;
  GtkLabel *free_label;
  GtkSpinButton *weight;
  GtkComboBoxText *disk;
  GtkToggleButton *network;
  GtkToggleButton *start;
  GtkLabel *problem;
  GtkWidget *create_button;
};

G_DEFINE_FINAL_TYPE (DmcCreateDomainDialog, dmc_create_domain_dialog, GTK_TYPE_DIALOG)

enum { CREATED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* As the hypervisor names domains: letters, digits, dot, dash, underscore; a letter or digit first.
 */
static gboolean
is_name (const char *name)
{
  if (!g_ascii_isalnum (*name))
    return FALSE;
  for (; *name != '\0'; name++)
    if (!g_ascii_isalnum (*name) && strchr ("._-", *name) == NULL)
      return FALSE;
  return TRUE;
}

static void
on_input (DmcCreateDomainDialog *self)
{
  const char *name = gtk_entry_get_text (self->name);
  const char *problem = NULL;

  if (*name == '\0')
    problem = _ ("Give the domain a name.");
  else if (!is_name (name))
    problem = _ ("A name takes letters, digits, dots, dashes and underscores, and begins with a "
                 "letter or digit.");
  else if (gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->image)) == NULL)
    problem = _ ("Choose an image.");
  gtk_label_set_text (self->problem, *name != '\0' && problem != NULL ? problem : "");
  gtk_widget_set_tooltip_text (self->create_button, problem);
  gtk_widget_set_sensitive (self->create_button, problem == NULL && !self->creating);
}

static void
show_error (DmcCreateDomainDialog *self, const GError *error)
{
  const char *hint = dmc_error_get_hint (error);
  g_autofree char *text = g_strjoin ("\n", error->message, hint, NULL);

  gtk_label_set_text (self->problem, text);
}

static void
set_creating (DmcCreateDomainDialog *self, gboolean creating)
{
  self->creating = creating;
  gtk_widget_set_sensitive (self->form, !creating);
  on_input (self);
}

/* What can be chosen */

/* The control domain's own image is no guest. */
static gboolean
is_control_image (DmcCreateDomainDialog *self, const char *name)
{
  DmcDomain *control = dmc_domain_list_find (dmc_host_get_domains (self->host), 0);
  g_autofree char *image = NULL;

  if (control != NULL)
    g_object_get (control, "kernel-image", &image, NULL);
  return g_strcmp0 (name, image) == 0;
}

static void
on_images (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateDomainDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  JsonArray *images;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer)) {
    if (error != NULL)
      show_error (self, error);
    return;
  }
  images = dmc_json_get_array (json_node_get_object (answer), "images");
  for (guint i = 0; images != NULL && i < json_array_get_length (images); i++) {
    JsonNode *image = json_array_get_element (images, i);
    const char *name, *version;
    g_autofree char *text = NULL;

    if (!JSON_NODE_HOLDS_OBJECT (image))
      continue;
    name = dmc_json_get_string (json_node_get_object (image), "name", NULL);
    version = dmc_json_get_string (json_node_get_object (image), "version", "");
    text = g_strjoin (" ", name, *version != '\0' ? version : NULL, NULL);
    if (name != NULL && !is_control_image (self, name))
      gtk_combo_box_text_append (self->image, name, text);
  }
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->image), 0);
}

static void
on_host (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateDomainDialog) self = user_data;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, NULL);
  gint64 free_kib;
  g_autofree char *size = NULL, *text = NULL;

  if (g_cancellable_is_cancelled (self->cancellable) || answer == NULL
      || !JSON_NODE_HOLDS_OBJECT (answer))
    return;
  free_kib = dmc_json_get_int (json_node_get_object (answer), "free_kib", 0);
  size = g_format_size_full ((guint64)MAX (free_kib, 0) * 1024, G_FORMAT_SIZE_IEC_UNITS);
  text = g_strdup_printf (_ ("%s are free"), size);
  gtk_label_set_text (self->free_label, text);
  gtk_adjustment_set_upper (self->memory_adjustment, (double)MAX (free_kib / 1024, 1));
}

/* Disks that nobody has; a machine without any shows only that there is none to give. */
static void
on_disks (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateDomainDialog) self = user_data;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, NULL);
  JsonArray *disks;

  if (g_cancellable_is_cancelled (self->cancellable) || answer == NULL
      || !JSON_NODE_HOLDS_OBJECT (answer))
    return;
  disks = dmc_json_get_array (json_node_get_object (answer), "disks");
  for (guint i = 0; disks != NULL && i < json_array_get_length (disks); i++) {
    JsonNode *node = json_array_get_element (disks, i);
    JsonObject *disk = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    const char *name = disk != NULL ? dmc_json_get_string (disk, "name", NULL) : NULL;
    g_autofree char *size = NULL, *text = NULL;

    if (name == NULL || dmc_json_get_int (disk, "writers", 0) > 0
        || dmc_json_get_int (disk, "readers", 0) > 0)
      continue;
    size = g_format_size_full ((guint64)MAX (dmc_json_get_int (disk, "size_bytes", 0), 0),
                               G_FORMAT_SIZE_IEC_UNITS);
    /* TRANSLATORS: a disk's name and size */
    text = g_strdup_printf (_ ("%s (%s)"), name, size);
    gtk_combo_box_text_append (self->disk, name, text);
  }
}

/* Creating, and then starting, since a new domain is paused */

static void
finish (DmcCreateDomainDialog *self)
{
  g_signal_emit (self, signals[CREATED], 0, self->created);
  gtk_widget_destroy (GTK_WIDGET (self));
}

static void
on_resumed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateDomainDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  dmc_host_tell_outcome (self->host, _ ("The new domain could not be started"), error);
  finish (self);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateDomainDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer)) {
    set_creating (self, FALSE);
    if (error != NULL)
      show_error (self, error);
    return;
  }
  self->created = dmc_json_get_int (json_node_get_object (answer), "id", -1);
  if (gtk_toggle_button_get_active (self->start))
    dmc_endpoint_call_async (self->control, "domain.resume",
                             dmc_json_node ("id:i", self->created, NULL), self->cancellable,
                             on_resumed, g_object_ref (self));
  else
    finish (self);
}

/* The devices that were chosen. */
static JsonArray *
devices_of (DmcCreateDomainDialog *self)
{
  const char *disk = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->disk));
  JsonArray *devices = json_array_new ();

  if (disk != NULL && *disk != '\0')
    json_array_add_object_element (devices,
                                   dmc_json_object ("kind:s", "disk", "name:s", disk, NULL));
  if (gtk_toggle_button_get_active (self->network))
    json_array_add_object_element (devices, dmc_json_object ("kind:s", "net", NULL));
  return devices;
}

static void
create (DmcCreateDomainDialog *self)
{
  gint64 memory_kib = (gint64)gtk_spin_button_get_value_as_int (self->memory) * 1024;
  JsonObject *params = dmc_json_object (
      "name:s", gtk_entry_get_text (self->name), "image:s",
      gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->image)), "memory_kib:i", memory_kib,
      "weight:i", (gint64)gtk_spin_button_get_value_as_int (self->weight), NULL);

  json_object_set_array_member (params, "devices", devices_of (self));
  set_creating (self, TRUE);
  dmc_endpoint_call_async (self->control, "domain.create", dmc_json_take_object (params),
                           self->cancellable, on_created, g_object_ref (self));
}

static void
dmc_create_domain_dialog_response (GtkDialog *dialog, int response)
{
  DmcCreateDomainDialog *self = DMC_CREATE_DOMAIN_DIALOG (dialog);

  if (response != GTK_RESPONSE_OK)
    gtk_widget_destroy (GTK_WIDGET (self));
  else if (gtk_widget_get_sensitive (self->create_button))
    create (self);
}

static void
dmc_create_domain_dialog_destroy (GtkWidget *widget)
{
  g_cancellable_cancel (DMC_CREATE_DOMAIN_DIALOG (widget)->cancellable);
  GTK_WIDGET_CLASS (dmc_create_domain_dialog_parent_class)->destroy (widget);
}

static void
dmc_create_domain_dialog_finalize (GObject *object)
{
  DmcCreateDomainDialog *self = DMC_CREATE_DOMAIN_DIALOG (object);

  g_clear_object (&self->host);
  g_clear_object (&self->control);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (dmc_create_domain_dialog_parent_class)->finalize (object);
}

static void
dmc_create_domain_dialog_class_init (DmcCreateDomainDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  GTK_DIALOG_CLASS (klass)->response = dmc_create_domain_dialog_response;
  widget_class->destroy = dmc_create_domain_dialog_destroy;
  G_OBJECT_CLASS (klass)->finalize = dmc_create_domain_dialog_finalize;
  signals[CREATED] = g_signal_new ("created", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/domicile/Console/domains/create-domain-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, form);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, name);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, image);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, memory);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, memory_adjustment);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, free_label);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, weight);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, disk);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, network);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, start);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateDomainDialog, create_button);
  gtk_widget_class_bind_template_callback (widget_class, on_input);
}

static void
dmc_create_domain_dialog_init (DmcCreateDomainDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_create_domain_dialog_new:
 * @host: (transfer none): for the control endpoint and the parent window
 *
 * Returns: (transfer none): the dialog, owned by GTK until it is destroyed
 */
GtkWidget *
dmc_create_domain_dialog_new (DmcHost *host)
{
  DmcCreateDomainDialog *self = g_object_new (DMC_TYPE_CREATE_DOMAIN_DIALOG, "use-header-bar", 1,
                                              "transient-for", dmc_host_get_window (host), NULL);

  self->host = g_object_ref (host);
  self->control = g_object_ref (dmc_host_get_endpoint (host, "control"));
  dmc_endpoint_call_async (self->control, "image.list", NULL, self->cancellable, on_images,
                           g_object_ref (self));
  dmc_endpoint_call_async (self->control, "host.info", NULL, self->cancellable, on_host,
                           g_object_ref (self));
  dmc_endpoint_call_async (self->control, "disk.list", NULL, self->cancellable, on_disks,
                           g_object_ref (self));
  on_input (self);
  return GTK_WIDGET (self);
}

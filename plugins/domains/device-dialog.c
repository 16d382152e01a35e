/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device-dialog.h"

#include <glib/gi18n.h>
#include <handy.h>
#include <string.h>

#include "rpc/json.h"

#define NONCE_BYTES 32

typedef struct {
  DmcHost *host;
  GtkWidget *dialog, *scroller, *box;
  GtkWidget *attest;   /* the button */
  GtkWidget *quote;    /* where the answer is shown; NULL: none yet */
  char *manifest;      /* SHA-256 of the signed list, as the machine tells it */
  char *nonce;         /* of the question under way */
} DeviceDialog;

static void
device_dialog_free (gpointer data)
{
  DeviceDialog *self = data;

  g_object_unref (self->host);
  g_free (self->manifest);
  g_free (self->nonce);
  g_free (self);
}

static DeviceDialog *
dialog_of (GtkWidget *dialog)
{
  return g_object_get_data (G_OBJECT (dialog), "dmc-device-dialog");
}

/* ---- rows ---- */

static GtkWidget *
add_group (GtkWidget *box, const char *title, const char *description)
{
  GtkWidget *group = hdy_preferences_group_new ();

  hdy_preferences_group_set_title (HDY_PREFERENCES_GROUP (group), title);
  hdy_preferences_group_set_description (HDY_PREFERENCES_GROUP (group), description);
  gtk_widget_show (group);
  gtk_container_add (GTK_CONTAINER (box), group);
  return group;
}

static GtkWidget *
add_row (GtkWidget *group, const char *title, const char *subtitle, const char *text)
{
  GtkWidget *row = hdy_action_row_new (), *label = gtk_label_new (text);
  g_autofree char *spoken = g_strdup_printf ("%s: %s%s%s", title, text, subtitle != NULL ? ": " : "", subtitle != NULL ? subtitle : "");

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), subtitle);
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_tooltip_text (label, text);
  gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  atk_object_set_name (gtk_widget_get_accessible (row), spoken);
  gtk_container_add (GTK_CONTAINER (row), label);
  gtk_widget_show_all (row);
  gtk_container_add (GTK_CONTAINER (group), row);
  return row;
}

static void
add_icon (GtkWidget *row, const char *icon)
{
  GtkWidget *image = gtk_image_new_from_icon_name (icon, GTK_ICON_SIZE_BUTTON);

  gtk_widget_show (image);
  hdy_action_row_add_prefix (HDY_ACTION_ROW (row), image);
}

/* ---- what the device says of itself ---- */

static void
add_state (GtkWidget *group, JsonObject *boot)
{
  if (g_strcmp0 (dmc_json_get_string (boot, "state", ""), "verified") != 0)
    add_icon (add_row (group, _ ("Secure boot"), _ ("What runs here was not checked when the device started: it may be anything."), _ ("Off")),
              "dialog-warning-symbolic");
  else if (dmc_json_get_boolean (boot, "developer", FALSE))
    add_icon (add_row (group, _ ("Secure boot"),
                       _ ("The keys were made by a build for itself, so that anybody with that build can sign. Do not trust this device with secrets."),
                       _ ("Developer keys")),
              "dialog-warning-symbolic");
  else
    add_icon (add_row (group, _ ("Secure boot"), _ ("Each image was checked before it ran."), _ ("Verified")), "emblem-ok-symbolic");
}

static void
add_start (GtkWidget *box, JsonObject *host)
{
  JsonObject *boot = dmc_json_get_object (host, "secure_boot"), *hypervisor = dmc_json_get_object (host, "hypervisor");
  GtkWidget *group = add_group (box, _ ("How It Was Started"), NULL);
  g_autofree char *version = g_strdup_printf ("%d", (int)dmc_json_get_int (boot, "version", 0));
  g_autofree char *name = g_strdup_printf ("%s %s", dmc_json_get_string (hypervisor, "name", ""), dmc_json_get_string (hypervisor, "version", ""));

  add_state (group, boot);
  add_row (group, _ ("Machine"), NULL, dmc_json_get_string (host, "machine", ""));
  add_row (group, _ ("Hypervisor"), NULL, name);
  if (g_strcmp0 (dmc_json_get_string (boot, "state", ""), "verified") != 0)
    return;
  add_row (group, _ ("Signed by"), NULL, dmc_json_get_string (boot, "maker", ""));
  add_row (group, _ ("Version"), _ ("The device starts nothing older."), version);
  add_row (group, _ ("Serial number"), NULL, dmc_json_get_string (boot, "serial", ""));
  add_row (group, _ ("Identity"), NULL, dmc_json_get_string (boot, "device", ""));
  add_row (group, _ ("SHA-256 of the list"), NULL, dmc_json_get_string (boot, "manifest_sha256", ""));
}

static void
add_images (GtkWidget *box, JsonArray *images)
{
  GtkWidget *group = add_group (box, _ ("Images"), _ ("Each with its version and its SHA-256. A kernel is checked when a domain is made of it."));

  for (guint i = 0; images != NULL && i < json_array_get_length (images); i++) {
    JsonObject *image = json_array_get_object_element (images, i);
    gboolean verified = dmc_json_get_boolean (image, "verified", FALSE);
    g_autofree char *text = g_strdup_printf ("%s · %s", dmc_json_get_string (image, "version", ""),
                                             verified ? _ ("verified") : _ ("not verified yet"));

    add_icon (add_row (group, dmc_json_get_string (image, "name", ""), text, dmc_json_get_string (image, "sha256", "")),
              verified ? "emblem-ok-symbolic" : "content-loading-symbolic");
  }
}

/* ---- the quote ---- */

/* SHA-256 of bytes in hexadecimal: (transfer full) (nullable) */
static char *
digest_of (const char *hex)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = strlen (hex);

  if (length == 0 || length % 2 != 0)
    return NULL;
  for (gsize i = 0; i < length; i += 2) {
    int high = g_ascii_xdigit_value (hex[i]), low = g_ascii_xdigit_value (hex[i + 1]);
    guchar byte = (guchar)(high << 4 | low);

    if (high < 0 || low < 0)
      return NULL;
    g_checksum_update (checksum, &byte, 1);
  }
  return g_strdup (g_checksum_get_string (checksum));
}

static void
show_quote (DeviceDialog *self, JsonObject *quote)
{
  g_autofree char *digest = digest_of (dmc_json_get_string (quote, "manifest", ""));
  gboolean fresh = g_strcmp0 (dmc_json_get_string (quote, "nonce", ""), self->nonce) == 0;
  gboolean same = digest != NULL && g_strcmp0 (digest, self->manifest) == 0;

  if (self->quote != NULL)
    gtk_widget_destroy (self->quote);
  self->quote = add_group (self->box, _ ("Signed Answer"),
                           _ ("To be sure that the signature is the maker's device's, check it with the maker's public key: domicilectl host attest --verify FILE"));
  add_icon (add_row (self->quote, _ ("Question"), fresh ? _ ("It is the one that was just asked.") : _ ("It is not the one that was asked: the answer is an old one."),
                     dmc_json_get_string (quote, "nonce", "")),
            fresh ? "emblem-ok-symbolic" : "dialog-error-symbolic");
  add_icon (add_row (self->quote, _ ("Signed list"), same ? _ ("It is the one that is shown here.") : _ ("It is another one than is shown here."),
                     digest != NULL ? digest : ""),
            same ? "emblem-ok-symbolic" : "dialog-error-symbolic");
  add_row (self->quote, _ ("Signature"), NULL, dmc_json_get_string (quote, "signature", ""));
  /* Where the user looks: at the top. */
  gtk_box_reorder_child (GTK_BOX (self->box), self->quote, 0);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
}

static void
on_quote (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  DeviceDialog *self = dialog_of (dialog);

  if (!gtk_widget_get_mapped (dialog))
    return;
  gtk_widget_set_sensitive (self->attest, TRUE);
  dmc_host_tell_outcome (self->host, _ ("The device did not sign"), error);
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    show_quote (self, json_node_get_object (answer));
}

static void
on_attest (DeviceDialog *self)
{
  GString *nonce = g_string_new (NULL);

  for (guint i = 0; i < NONCE_BYTES / 16; i++) {
    g_autofree char *uuid = g_uuid_string_random ();

    /* 122 of its 128 bits are random: nobody could know them before. */
    for (const char *c = uuid; *c != '\0'; c++)
      if (*c != '-')
        g_string_append_c (nonce, *c);
  }
  g_free (self->nonce);
  self->nonce = g_string_free (nonce, FALSE);
  gtk_widget_set_sensitive (self->attest, FALSE);
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "control"), "host.attest", dmc_json_node ("nonce:s", self->nonce, NULL), NULL,
                           on_quote, g_object_ref (self->dialog));
}

/* ---- the window ---- */

static void
on_info (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  DeviceDialog *self = dialog_of (dialog);
  JsonObject *host, *boot;

  if (!gtk_widget_get_mapped (dialog))
    return;
  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer)) {
    dmc_host_show_error (self->host, _ ("The device tells nothing of itself"), error);
    gtk_widget_destroy (dialog);
    return;
  }
  host = json_node_get_object (answer);
  boot = dmc_json_get_object (host, "secure_boot");
  self->manifest = g_strdup (dmc_json_get_string (boot, "manifest_sha256", ""));
  add_start (self->box, host);
  add_images (self->box, dmc_json_get_array (boot, "images"));
  gtk_widget_set_sensitive (self->attest, g_strcmp0 (dmc_json_get_string (boot, "state", ""), "verified") == 0);
}

static void
on_response (GtkDialog *dialog, int response, DeviceDialog *self)
{
  if (response == GTK_RESPONSE_APPLY)
    on_attest (self);
  else
    gtk_widget_destroy (GTK_WIDGET (dialog));
}

static GtkWidget *
new_content (DeviceDialog *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);

  self->scroller = scroller;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  g_object_set (self->box, "margin", 18, NULL);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_container_add (GTK_CONTAINER (scroller), self->box);
  gtk_widget_show_all (scroller);
  return scroller;
}

void
dmc_device_dialog_run (DmcHost *host)
{
  DeviceDialog *self = g_new0 (DeviceDialog, 1);

  self->host = g_object_ref (host);
  self->dialog = gtk_dialog_new_with_buttons (_ ("This Device"), dmc_host_get_window (host),
                                              GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT | GTK_DIALOG_USE_HEADER_BAR, NULL, NULL);
  self->attest = gtk_dialog_add_button (GTK_DIALOG (self->dialog), _ ("_Ask for a Signature"), GTK_RESPONSE_APPLY);
  gtk_widget_set_tooltip_text (self->attest, _ ("Have the device sign what it was started from, as the answer to a fresh question"));
  gtk_widget_set_sensitive (self->attest, FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->dialog), 620, 560);
  gtk_container_add (GTK_CONTAINER (gtk_dialog_get_content_area (GTK_DIALOG (self->dialog))), new_content (self));
  g_object_set_data_full (G_OBJECT (self->dialog), "dmc-device-dialog", self, device_dialog_free);
  g_signal_connect (self->dialog, "response", G_CALLBACK (on_response), self);
  gtk_window_present (GTK_WINDOW (self->dialog));
  dmc_endpoint_call_async (dmc_host_get_endpoint (host, "control"), "host.info", NULL, NULL, on_info, g_object_ref (self->dialog));
}

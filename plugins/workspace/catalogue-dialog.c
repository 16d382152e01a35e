/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue-dialog.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/status.h"
#include "rpc/json.h"
#include "trust-dialog.h"

#define ICON_SIDE 48

struct _DmcCatalogueDialog {
  GtkDialog parent_instance;

  DmcHost *host;
  DmcAppWork *later; /* shows the work that is under way when this is closed */
  char *workspace;
  char *address;   /* of the catalogue that is being added */
  gboolean known;  /* whether there is any catalogue */
  guint asked;     /* answers to older questions are dropped */

  GtkEntry *search;
  DmcAppWork *work;
  GtkStack *stack;
  GtkListBox *list;
  HdyStatusPage *empty;
  GtkRevealer *adding;
  GtkWidget *catalogues_frame;
  GtkListBox *catalogues;
  GtkEntry *url;
  GtkWidget *add_button, *refresh;
  GtkWidget *problem_bar;
  GtkLabel *problem;
};

G_DEFINE_FINAL_TYPE (DmcCatalogueDialog, dmc_catalogue_dialog, GTK_TYPE_DIALOG)

static void look (DmcCatalogueDialog *self);

/* --- work -------------------------------------------------------------------------------------------------- */

static void
start_add (DmcCatalogueDialog *self, const char *trust)
{
  if (!dmc_app_work_is_running (self->work))
    dmc_app_work_start (self->work, self->host, "catalogue.add",
                        dmc_json_node ("workspace:s", self->workspace, "url:s", self->address, "trust:s", trust, NULL),
                        _ ("Adding the catalogue"), _ ("The catalogue could not be added"));
}

static void
on_trust_answered (GtkDialog *dialog, int response, DmcCatalogueDialog *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    start_add (self, dmc_trust_dialog_get_signer (dialog));
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
on_untrusted (DmcCatalogueDialog *self, const char *signer)
{
  GtkWidget *dialog = dmc_trust_dialog_new (
      GTK_WINDOW (self), _ ("Trust whoever keeps this catalogue?"),
      _ ("What it names can be installed without another question. Add it only if you know that their key is:"),
      _ ("_Trust and Add"), signer);

  g_signal_connect_object (dialog, "response", G_CALLBACK (on_trust_answered), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_add (DmcCatalogueDialog *self)
{
  g_autofree char *address = g_strstrip (g_strdup (gtk_entry_get_text (self->url)));

  if (*address == '\0')
    return;
  g_free (self->address);
  self->address = g_steal_pointer (&address);
  start_add (self, NULL);
}

static void
on_url_changed (DmcCatalogueDialog *self)
{
  const char *text = gtk_entry_get_text (self->url);

  gtk_widget_set_sensitive (self->add_button, g_str_has_prefix (text, "http://") || g_str_has_prefix (text, "https://"));
}

static void
on_refresh (DmcCatalogueDialog *self)
{
  if (self->known && !dmc_app_work_is_running (self->work))
    dmc_app_work_start (self->work, self->host, "catalogue.refresh", dmc_json_node ("workspace:s", self->workspace, NULL),
                        _ ("Refreshing the catalogues"), _ ("The catalogues could not be refreshed"));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCatalogueDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (self->host == NULL)
    return;
  dmc_host_tell_outcome (self->host, _ ("The catalogue could not be removed"), error);
  look (self);
}

static void
on_remove (GtkButton *button, DmcCatalogueDialog *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "agent"), "catalogue.remove",
                           dmc_json_node ("workspace:s", self->workspace, "catalogue:s",
                                          g_object_get_data (G_OBJECT (button), "catalogue"), NULL),
                           NULL, on_removed, g_object_ref (self));
}

static void
on_install (GtkButton *button, DmcCatalogueDialog *self)
{
  const char *app = g_object_get_data (G_OBJECT (button), "app"), *name = g_object_get_data (G_OBJECT (button), "name");
  g_autofree char *title = g_strdup_printf (_ ("Installing “%s”"), name);
  g_autofree char *failure = g_strdup_printf (_ ("“%s” could not be installed"), name);

  if (!dmc_app_work_is_running (self->work))
    dmc_app_work_start (self->work, self->host, "app.install",
                        dmc_json_node ("workspace:s", self->workspace, "source:s", app, "catalogue:s",
                                       g_object_get_data (G_OBJECT (button), "catalogue"), "stream:b", TRUE, NULL),
                        title, failure);
}

/* Here, where it is seen: the dialog covers the window. */
static void
on_failed (DmcCatalogueDialog *self, const char *text)
{
  gtk_label_set_text (self->problem, text);
  gtk_widget_show (self->problem_bar);
}

static void
on_work_begins (DmcCatalogueDialog *self)
{
  if (dmc_app_work_is_running (self->work))
    gtk_widget_hide (self->problem_bar);
}

static void
on_work_ended (DmcCatalogueDialog *self)
{
  look (self);
}

/* --- the list ---------------------------------------------------------------------------------------------- */

static GtkWidget *
icon_of (JsonObject *app)
{
  const char *path = dmc_json_get_string (app, "icon_path", NULL);
  g_autoptr (GdkPixbuf) pixbuf = path != NULL ? gdk_pixbuf_new_from_file_at_scale (path, ICON_SIDE, ICON_SIDE, TRUE, NULL) : NULL;

  if (pixbuf != NULL)
    return gtk_image_new_from_pixbuf (pixbuf);
  return hdy_avatar_new (ICON_SIDE, dmc_json_get_string (app, "name", ""), TRUE);
}

static GtkWidget *
title_of (JsonObject *app)
{
  g_autofree char *markup = g_markup_printf_escaped ("<b>%s</b>", dmc_json_get_string (app, "name", ""));
  GtkWidget *widget = gtk_label_new (NULL);

  gtk_label_set_markup (GTK_LABEL (widget), markup);
  gtk_label_set_xalign (GTK_LABEL (widget), 0);
  gtk_label_set_ellipsize (GTK_LABEL (widget), PANGO_ELLIPSIZE_END);
  return widget;
}

static GtkWidget *
label (const char *text, const char *style)
{
  GtkWidget *widget = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (widget), 0);
  gtk_label_set_ellipsize (GTK_LABEL (widget), PANGO_ELLIPSIZE_END);
  if (style != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (widget), style);
  return widget;
}

static GtkWidget *
button_of (DmcCatalogueDialog *self, JsonObject *app)
{
  g_autofree char *spoken = g_strdup_printf (_ ("Install %s"), dmc_json_get_string (app, "name", ""));
  GtkWidget *button;

  if (dmc_json_get_boolean (app, "installed", FALSE))
    return label (_ ("Installed"), "dim-label");
  button = gtk_button_new_with_mnemonic (_ ("_Install"));
  atk_object_set_name (gtk_widget_get_accessible (button), spoken);
  g_object_set_data_full (G_OBJECT (button), "app", g_strdup (dmc_json_get_string (app, "id", "")), g_free);
  g_object_set_data_full (G_OBJECT (button), "name", g_strdup (dmc_json_get_string (app, "name", "")), g_free);
  g_object_set_data_full (G_OBJECT (button), "catalogue", g_strdup (dmc_json_get_string (app, "catalogue", "")), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_install), self, 0);
  return button;
}

/* What of these is known, with dots between: version, size, licence, developer. */
static GtkWidget *
details_of (JsonObject *app)
{
  g_autofree char *size = g_format_size_full ((guint64) dmc_json_get_int (app, "size_bytes", 0), G_FORMAT_SIZE_IEC_UNITS);
  const char *const parts[] = { dmc_json_get_string (app, "version", ""), size, dmc_json_get_string (app, "license", ""),
                                dmc_json_get_string (app, "developer", "") };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (*parts[i] != '\0')
      g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", parts[i]);
  return label (text->str, "dim-label");
}

static GtkWidget *
row_of (DmcCatalogueDialog *self, JsonObject *app)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *button = button_of (self, app);
  const char *summary = dmc_json_get_string (app, "summary", ""), *description = dmc_json_get_string (app, "description", "");

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  g_object_set (box, "margin", 9, NULL);
  gtk_box_pack_start (GTK_BOX (texts), title_of (app), FALSE, FALSE, 0);
  if (*summary != '\0')
    gtk_box_pack_start (GTK_BOX (texts), label (summary, NULL), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (texts), details_of (app), FALSE, FALSE, 0);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_box_pack_start (GTK_BOX (box), icon_of (app), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), texts, TRUE, TRUE, 0);
  gtk_box_pack_end (GTK_BOX (box), button, FALSE, FALSE, 0);
  gtk_container_add (GTK_CONTAINER (row), box);
  atk_object_set_name (gtk_widget_get_accessible (row), dmc_json_get_string (app, "name", ""));
  if (*description != '\0')
    gtk_widget_set_tooltip_text (row, description);
  gtk_widget_show_all (row);
  return row;
}

static void
clear (GtkListBox *list)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_widget_destroy (GTK_WIDGET (row));
}

static void
show_apps (DmcCatalogueDialog *self, JsonArray *apps)
{
  guint n = apps != NULL ? json_array_get_length (apps) : 0;

  clear (self->list);
  for (guint i = 0; i < n; i++)
    gtk_container_add (GTK_CONTAINER (self->list), row_of (self, json_array_get_object_element (apps, i)));
  if (n == 0 && self->known)
    dmc_status_show (self->empty, _ ("No Application Found"), _ ("Nothing in the catalogues matches what you search for."));
  else if (n == 0)
    dmc_status_show (self->empty, _ ("No Catalogue"), _ ("Enter the address of one that you know. It stays in this workspace, and travels with it."));
  if (self->known && !gtk_widget_get_visible (GTK_WIDGET (self->search))) {
    gtk_widget_show (GTK_WIDGET (self->search));
    gtk_widget_grab_focus (GTK_WIDGET (self->search));
  }
  gtk_widget_set_sensitive (self->refresh, self->known);
  if (!self->known) {
    gtk_revealer_set_reveal_child (self->adding, TRUE);
    gtk_widget_grab_focus (GTK_WIDGET (self->url));
  }
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "empty");
}

/* --- the catalogues ---------------------------------------------------------------------------------------- */

static GtkWidget *
remove_button_of (DmcCatalogueDialog *self, JsonObject *catalogue)
{
  g_autofree char *spoken = g_strdup_printf (_ ("Remove the catalogue %s"), dmc_json_get_string (catalogue, "name", ""));
  GtkWidget *button = gtk_button_new_with_label (_ ("Remove"));

  atk_object_set_name (gtk_widget_get_accessible (button), spoken);
  gtk_widget_set_tooltip_text (button, _ ("What was installed from it stays"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "catalogue", g_strdup (dmc_json_get_string (catalogue, "id", "")), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove), self, 0);
  return button;
}

static GtkWidget *
catalogue_row_of (DmcCatalogueDialog *self, JsonObject *catalogue)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *address = label (dmc_json_get_string (catalogue, "url", ""), "dim-label");

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  g_object_set (box, "margin", 9, NULL);
  gtk_label_set_ellipsize (GTK_LABEL (address), PANGO_ELLIPSIZE_MIDDLE);
  gtk_box_pack_start (GTK_BOX (texts), title_of (catalogue), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (texts), address, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), texts, TRUE, TRUE, 0);
  gtk_box_pack_end (GTK_BOX (box), remove_button_of (self, catalogue), FALSE, FALSE, 0);
  gtk_container_add (GTK_CONTAINER (row), box);
  gtk_widget_show_all (row);
  return row;
}

static void
show_catalogues (DmcCatalogueDialog *self, JsonArray *all)
{
  clear (self->catalogues);
  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++)
    gtk_container_add (GTK_CONTAINER (self->catalogues), catalogue_row_of (self, json_array_get_object_element (all, i)));
  gtk_widget_set_visible (self->catalogues_frame, all != NULL && json_array_get_length (all) > 0);
}

typedef struct {
  DmcCatalogueDialog *dialog;
  guint number;
} Question;

static JsonNode *
answer_of (Question *question, GObject *source, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);
  DmcCatalogueDialog *self = question->dialog;

  if (question->number != self->asked || self->host == NULL)
    return NULL;
  dmc_host_tell_outcome (self->host, _ ("The catalogues could not be read"), error);
  return g_steal_pointer (&answer);
}

static void
on_apps (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (JsonNode) answer = answer_of (question, source, result);

  if (answer != NULL)
    show_apps (question->dialog, dmc_json_get_array (json_node_get_object (answer), "apps"));
  g_object_unref (question->dialog);
  g_free (question);
}

static void
on_catalogues (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (JsonNode) answer = answer_of (question, source, result);
  DmcCatalogueDialog *self = question->dialog;
  JsonArray *all = answer != NULL ? dmc_json_get_array (json_node_get_object (answer), "catalogues") : NULL;

  if (answer == NULL) {
    g_object_unref (self);
    g_free (question);
    return;
  }
  if (!self->known && all != NULL && json_array_get_length (all) > 0)
    gtk_revealer_set_reveal_child (self->adding, FALSE);
  self->known = all != NULL && json_array_get_length (all) > 0;
  show_catalogues (self, all);
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "agent"), "catalogue.apps",
                           dmc_json_node ("workspace:s", self->workspace, "search:s", gtk_entry_get_text (self->search), NULL), NULL,
                           on_apps, question);
}

static void
look (DmcCatalogueDialog *self)
{
  Question *question;

  if (self->host == NULL)
    return; /* while the template is built, or after the end */
  question = g_new0 (Question, 1);
  question->dialog = g_object_ref (self);
  question->number = ++self->asked;
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "agent"), "catalogue.list",
                           dmc_json_node ("workspace:s", self->workspace, NULL), NULL, on_catalogues, question);
}

/* Escape: first out of the search, then out of the dialog. */
static void
on_stop_search (DmcCatalogueDialog *self)
{
  if (*gtk_entry_get_text (self->search) != '\0')
    gtk_entry_set_text (self->search, "");
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
on_show_adding (DmcCatalogueDialog *self)
{
  gboolean shown = !gtk_revealer_get_reveal_child (self->adding);

  gtk_revealer_set_reveal_child (self->adding, shown);
  if (shown)
    gtk_widget_grab_focus (GTK_WIDGET (self->url));
}

static void
on_response (DmcCatalogueDialog *self)
{
  dmc_app_work_take_over (self->later, self->work);
  gtk_widget_destroy (GTK_WIDGET (self));
}

/* --- the object -------------------------------------------------------------------------------------------- */

static void
dmc_catalogue_dialog_dispose (GObject *object)
{
  DmcCatalogueDialog *self = DMC_CATALOGUE_DIALOG (object);

  g_clear_object (&self->host);
  g_clear_object (&self->later);
  G_OBJECT_CLASS (dmc_catalogue_dialog_parent_class)->dispose (object);
}

static void
dmc_catalogue_dialog_finalize (GObject *object)
{
  DmcCatalogueDialog *self = DMC_CATALOGUE_DIALOG (object);

  g_free (self->workspace);
  g_free (self->address);
  G_OBJECT_CLASS (dmc_catalogue_dialog_parent_class)->finalize (object);
}

static void
dmc_catalogue_dialog_class_init (DmcCatalogueDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_catalogue_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_catalogue_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/domicile/Console/workspace/catalogue-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, search);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, work);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, list);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, empty);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, adding);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, catalogues_frame);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, catalogues);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, url);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, refresh);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, problem_bar);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, DmcCatalogueDialog, add_button);
  gtk_widget_class_bind_template_callback (widget_class, look);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_url_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_refresh);
  gtk_widget_class_bind_template_callback (widget_class, on_show_adding);
}

static void
dmc_catalogue_dialog_init (DmcCatalogueDialog *self)
{
  g_type_ensure (DMC_TYPE_APP_WORK);
  g_type_ensure (HDY_TYPE_STATUS_PAGE);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_sensitive (self->add_button, FALSE);
  g_signal_connect_object (self->work, "untrusted", G_CALLBACK (on_untrusted), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->work, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->work, "notify::reveal-child", G_CALLBACK (on_work_begins), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->work, "ended", G_CALLBACK (on_work_ended), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "response", G_CALLBACK (on_response), NULL);
}

/**
 * dmc_catalogue_dialog_new:
 * @host: (transfer none): for the window, the agent and errors
 * @workspace: id of an open workspace
 * @later: (transfer none): shows the work that is under way when the dialog is closed
 *
 * Returns: (transfer none): the dialog, hidden
 */
GtkWidget *
dmc_catalogue_dialog_new (DmcHost *host, const char *workspace, DmcAppWork *later)
{
  DmcCatalogueDialog *self = g_object_new (DMC_TYPE_CATALOGUE_DIALOG, "transient-for", dmc_host_get_window (host), "use-header-bar", TRUE, NULL);

  self->host = g_object_ref (host);
  self->later = g_object_ref (later);
  self->workspace = g_strdup (workspace);
  look (self);
  return GTK_WIDGET (self);
}

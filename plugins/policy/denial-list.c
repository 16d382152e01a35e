/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "denial-list.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "model/audit-record.h"
#include "policy-doc/document.h"
#include "policy-doc/propose.h"
#include "rows.h"
#include "rpc/json.h"
#include "what-if.h"

/* What a row needs to tell why. Data of the row. */
typedef struct {
  DmcHost *host;
  DmcPolicyDraft *draft;
  JsonObject *record;
  gboolean asked;
} Denial;

static void
denial_free (gpointer data)
{
  Denial *self = data;

  g_object_unref (self->host);
  g_object_unref (self->draft);
  json_object_unref (self->record);
  g_free (self);
}

static Denial *
denial_of (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), "dmc-denial");
}

static JsonObject *
loaded_policy (Denial *self)
{
  return dmc_json_get_object (dmc_policy_draft_get_loaded (self->draft), "policy");
}

/* ---- the rule that would allow it ---- */

static void
on_add_clicked (GtkButton *button, GtkWidget *row)
{
  Denial *self = denial_of (row);
  JsonObject *rule = g_object_get_data (G_OBJECT (button), "dmc-rule");
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (self->draft);
  g_autoptr (JsonNode) changed = policy != NULL ? dmc_policy_add_rule (policy, rule) : NULL;

  if (changed == NULL) {
    dmc_host_show_message (self->host, _ ("The draft is not JSON: repair it first, then the rule can be added"));
    return;
  }
  dmc_policy_draft_edit (self->draft, changed);
  dmc_host_show_message (self->host, _ ("The rule is in the draft; nothing is loaded yet"));
}

static void
add_proposal (GtkWidget *row, JsonObject *access)
{
  Denial *self = denial_of (row);
  JsonObject *rule = dmc_policy_propose_rule (loaded_policy (self), access);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  GtkWidget *button, *child;

  if (rule == NULL)
    return;
  node = dmc_json_take_object (json_object_ref (rule));
  text = dmc_policy_format_text (node);
  child = dmc_row_new (_ ("This rule would allow it"), g_strchomp (text), NULL, NULL);
  button = gtk_button_new_with_mnemonic (_ ("_Add to Draft"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Put the rule into the document. It counts only when you load that."));
  g_object_set_data_full (G_OBJECT (button), "dmc-rule", rule, (GDestroyNotify)json_object_unref);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_add_clicked), row, 0);
  gtk_container_add (GTK_CONTAINER (child), button);
  gtk_widget_show (button);
  gtk_container_add (GTK_CONTAINER (row), child);
}

/* ---- why ---- */

static void
add_note (GtkWidget *row, const char *title, const char *text)
{
  gtk_container_add (GTK_CONTAINER (row), dmc_row_new (title, text, NULL, NULL));
}

/* A rule helps where none was the reason; what the other models refuse no rule allows. */
static void
show_models (GtkWidget *row, JsonObject *access, JsonObject *answer)
{
  JsonArray *models = dmc_json_get_array (answer, "models");
  gboolean lacks_rule = FALSE;

  if (dmc_json_get_boolean (answer, "allowed", FALSE)) {
    add_note (row, _ ("By now it is allowed"), _ ("The policy that holds today allows this access, or its budget has recovered."));
    return;
  }
  for (guint i = 0; models != NULL && i < json_array_get_length (models); i++) {
    JsonObject *model = json_array_get_object_element (models, i);
    const char *name = dmc_json_get_string (model, "model", "");

    if (dmc_json_get_boolean (model, "allowed", TRUE))
      continue;
    gtk_container_add (GTK_CONTAINER (row), dmc_row_new (dmc_policy_model_title (name), dmc_json_get_string (model, "reason", ""),
                                                         gtk_image_new_from_icon_name ("action-unavailable-symbolic", GTK_ICON_SIZE_BUTTON),
                                                         _ ("Denied")));
    lacks_rule = lacks_rule || g_str_equal (name, "te");
  }
  if (lacks_rule)
    add_proposal (row, access);
  else
    add_note (row, _ ("No rule would allow it"),
              _ ("Give the subject or the object another label, level or budget; or leave it denied."));
}

typedef struct {
  GWeakRef row;
  JsonObject *access;
} Question;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GtkWidget) row = g_weak_ref_get (&question->row);
  g_autoptr (JsonObject) access = question->access;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  g_weak_ref_clear (&question->row);
  g_free (question);
  if (row == NULL)
    return;
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    show_models (row, access, json_node_get_object (answer));
  else
    add_note (row, _ ("Nobody says why"), error != NULL ? error->message : _ ("The answer makes no sense."));
}

static void
ask_why (GtkWidget *row)
{
  Denial *self = denial_of (row);
  JsonObject *access = dmc_policy_record_access (loaded_policy (self), self->record);
  Question *question;

  if (g_str_equal (dmc_json_get_string (self->record, "model", ""), "hypervisor")) {
    add_note (row, _ ("No policy would allow it"), _ ("It was refused because it cannot be, whoever asks: the domain has an error, or tries something."));
    g_clear_pointer (&access, json_object_unref);
    return;
  }
  if (access == NULL) {
    add_note (row, _ ("Nobody says why"), _ ("The policy that holds now does not know these labels."));
    return;
  }
  question = g_new0 (Question, 1);
  g_weak_ref_init (&question->row, row);
  question->access = access;
  dmc_endpoint_call_async (dmc_policy_draft_get_endpoint (self->draft), "policy.check",
                           dmc_json_node ("subject:s", dmc_json_get_string (access, "subject", ""), "object:s",
                                          dmc_json_get_string (access, "object", ""), "class:s",
                                          dmc_json_get_string (access, "class", ""), "permission:s",
                                          dmc_json_get_string (access, "permission", ""), NULL),
                           NULL, on_answer, question);
}

static void
on_expanded (GtkWidget *row)
{
  Denial *self = denial_of (row);

  if (hdy_expander_row_get_expanded (HDY_EXPANDER_ROW (row)) && !self->asked) {
    self->asked = TRUE;
    ask_why (row);
  }
}

/* ---- the rows ---- */

/* "12:30:01 · Domain 3 · …": when, who, on what, and the endpoint's own words: (transfer full) */
static char *
circumstances (JsonObject *record)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (dmc_json_get_int (record, "time_us", 0) / G_USEC_PER_SEC);
  g_autofree char *time = when != NULL ? g_date_time_format (when, "%X") : NULL;
  const char *app = dmc_json_get_string (record, "app", NULL), *target = dmc_json_get_string (record, "target", NULL);
  gint64 domain = dmc_json_get_int (record, "domain", -1);
  GString *text = g_string_new (time);

  if (domain >= 0) {
    g_string_append (text, " · ");
    g_string_append_printf (text, _ ("Domain %d"), (int)domain);
  }
  if (app != NULL)
    g_string_append_printf (text, " · %s", app);
  if (target != NULL)
    g_string_append_printf (text, " · %s", target);
  if (!dmc_json_get_boolean (record, "enforced", TRUE))
    g_string_append_printf (text, " · %s", _ ("recorded only, and let through"));
  g_string_append_printf (text, " · %s", dmc_json_get_string (record, "reason", ""));
  return g_string_free (text, FALSE);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  Denial *like = user_data;
  JsonObject *record = dmc_item_get_object (item);
  GtkWidget *row = hdy_expander_row_new ();
  g_autofree char *title = NULL, *text = NULL;
  Denial *self;

  if (dmc_json_get_boolean (record, "allowed", FALSE))
    return row; /* it stays hidden */
  self = g_new0 (Denial, 1);
  self->host = g_object_ref (like->host);
  self->draft = g_object_ref (like->draft);
  self->record = json_object_ref (record);
  g_object_set_data_full (G_OBJECT (row), "dmc-denial", self, denial_free);
  /* TRANSLATORS: subject, permission, object, class of the object */
  title = g_strdup_printf (_ ("%s → %s → %s (%s)"), dmc_json_get_string (record, "subject", ""),
                           dmc_json_get_string (record, "permission", ""), dmc_json_get_string (record, "object", ""),
                           dmc_json_get_string (record, "class", ""));
  text = circumstances (record);
  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_expander_row_set_subtitle (HDY_EXPANDER_ROW (row), text);
  atk_object_set_name (gtk_widget_get_accessible (row), title);
  gtk_widget_set_tooltip_text (row, _ ("Why, and which rule would allow it"));
  g_signal_connect (row, "notify::expanded", G_CALLBACK (on_expanded), NULL);
  gtk_widget_show (row);
  return row;
}

static GtkWidget *
new_placeholder (void)
{
  GtkWidget *label = gtk_label_new (_ ("Nothing was denied."));

  gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  g_object_set (label, "margin", 24, "visible", TRUE, NULL);
  return label;
}

GtkWidget *
dmc_denial_list_new (DmcHost *host, DmcPolicyDraft *draft)
{
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);
  GtkWidget *list = gtk_list_box_new ();
  g_autoptr (DmcAuditList) records = dmc_audit_list_new (dmc_policy_draft_get_endpoint (draft));
  Denial *like = g_new0 (Denial, 1);

  like->host = g_object_ref (host);
  like->draft = g_object_ref (draft);
  like->record = json_object_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (list), new_placeholder ());
  gtk_widget_set_valign (list, GTK_ALIGN_START);
  atk_object_set_name (gtk_widget_get_accessible (list), _ ("Denials"));
  gtk_list_box_bind_model (GTK_LIST_BOX (list), G_LIST_MODEL (records), create_row, like, denial_free);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_container_add (GTK_CONTAINER (scroller), list);
  gtk_widget_show (list);
  gtk_widget_show (scroller);
  return scroller;
}

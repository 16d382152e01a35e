/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load-dialog.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

/* So many effects are told one by one. */
#define MAX_EFFECTS 6

typedef struct {
  DmcHost *host;
  DmcPolicyDraft *draft;
  GCancellable *cancellable;
} Loading;

static void
loading_free (Loading *loading)
{
  g_object_unref (loading->host);
  g_object_unref (loading->draft);
  g_object_unref (loading->cancellable);
  g_free (loading);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Loading, loading_free)

/* ---- what is taken back ---- */

static void
append_part (GString *text, char *part)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
  g_free (part);
}

/* "2 mapped pages, 1 event channel", as far as the endpoint tells kinds: (transfer full) */
static char *
revocations_text (JsonObject *answer)
{
  JsonObject *kinds = dmc_json_get_object (answer, "revocations");
  gulong grants = (gulong)dmc_json_get_int (kinds, "grants", 0);
  gulong channels = (gulong)dmc_json_get_int (kinds, "channels", 0);
  gulong interrupts = (gulong)dmc_json_get_int (kinds, "interrupts", 0);
  gulong displays = (gulong)dmc_json_get_int (kinds, "displays", 0);
  GString *text = g_string_new (NULL);

  if (grants > 0)
    append_part (text, g_strdup_printf (ngettext ("%lu mapped page", "%lu mapped pages", grants), grants));
  if (channels > 0)
    append_part (text, g_strdup_printf (ngettext ("%lu event channel", "%lu event channels", channels), channels));
  if (interrupts > 0)
    append_part (text, g_strdup_printf (ngettext ("%lu interrupt", "%lu interrupts", interrupts), interrupts));
  if (displays > 0)
    append_part (text, g_strdup_printf (ngettext ("%lu display", "%lu displays", displays), displays));
  return g_string_free (text, FALSE);
}

static void
append_effects (GString *text, JsonArray *effects)
{
  guint n = effects != NULL ? json_array_get_length (effects) : 0;

  for (guint i = 0; i < MIN (n, MAX_EFFECTS); i++) {
    JsonObject *effect = json_array_get_object_element (effects, i);
    const char *target = dmc_json_get_string (effect, "target", "");

    const char *what = dmc_json_get_string (effect, "effect", "");
    const char *who = dmc_json_get_string (effect, "app", g_str_equal (what, "close") ? _ ("A workspace") : _ ("A command"));

    g_string_append_printf (text, "\n• %s: %s %s (%s)", who, what, target, dmc_json_get_string (effect, "reason", ""));
  }
  if (n > MAX_EFFECTS)
    g_string_append_printf (text, ngettext ("\n… and %u more", "\n… and %u more", n - MAX_EFFECTS), n - MAX_EFFECTS);
}

/* What loading would take back, in words: (transfer full) */
static char *
forecast (JsonObject *answer)
{
  gulong revoked = (gulong)MAX (dmc_json_get_int (answer, "revoked", 0), 0);
  g_autofree char *kinds = revocations_text (answer);
  GString *text = g_string_new (NULL);

  if (revoked == 0)
    g_string_append (text, _ ("Nothing that is under way would be taken back."));
  else
    g_string_append_printf (text, ngettext ("%lu access under way would be taken back.", "%lu accesses under way would be taken back.", revoked),
                            revoked);
  if (*kinds != '\0')
    g_string_append_printf (text, " (%s)", kinds);
  append_effects (text, dmc_json_get_array (answer, "effects"));
  return g_string_free (text, FALSE);
}

static void
tell_loaded (DmcHost *host, JsonObject *answer)
{
  gulong revoked = (gulong)MAX (dmc_json_get_int (answer, "revoked", 0), 0);
  g_autofree char *kinds = revocations_text (answer);
  g_autofree char *text = NULL, *all = NULL;

  if (revoked > 0)
    text = g_strdup_printf (
        ngettext ("Policy loaded; %lu access was taken back", "Policy loaded; %lu accesses were taken back", revoked), revoked);
  if (text != NULL && *kinds != '\0')
    all = g_strdup_printf ("%s: %s", text, kinds);
  dmc_host_show_message (host, all != NULL ? all : text != NULL ? text : _ ("Policy loaded"));
}

/* ---- the two steps ---- */

static JsonObject *
finish (Loading *loading, GAsyncResult *result, JsonNode **answer)
{
  g_autoptr (GError) error = NULL;

  *answer = dmc_policy_draft_load_finish (loading->draft, result, &error);
  if (g_cancellable_is_cancelled (loading->cancellable))
    return NULL;
  dmc_host_tell_outcome (loading->host, _ ("Could not load the policy"), error);
  return *answer != NULL && JSON_NODE_HOLDS_OBJECT (*answer) ? json_node_get_object (*answer) : NULL;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Loading) loading = user_data;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *answer = finish (loading, result, &node);

  if (answer != NULL)
    tell_loaded (loading->host, answer);
}

static void
on_response (GtkDialog *dialog, int response, gpointer user_data)
{
  g_autoptr (Loading) loading = user_data;

  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response == GTK_RESPONSE_ACCEPT && !g_cancellable_is_cancelled (loading->cancellable)
      && dmc_policy_draft_get_state (loading->draft) == DMC_POLICY_DRAFT_VALID) {
    DmcPolicyDraft *draft = loading->draft;
    GCancellable *cancellable = loading->cancellable;

    dmc_policy_draft_load_async (draft, FALSE, cancellable, on_loaded, g_steal_pointer (&loading));
  }
}

static void
on_tried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Loading) loading = user_data;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *answer = finish (loading, result, &node);
  DmcEndpoint *endpoint = dmc_policy_draft_get_endpoint (loading->draft);
  gboolean domains = g_str_equal (dmc_endpoint_get_name (endpoint), "control");
  g_autofree char *words = NULL;
  GtkWidget *dialog;

  if (answer == NULL)
    return;
  words = forecast (answer);
  dialog = gtk_message_dialog_new (dmc_host_get_window (loading->host), GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
                                   GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, "%s", _ ("Load this policy?"));
  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog), "%s\n\n%s",
      domains ? _ ("The hypervisor decides by it at once, for every domain, until the device starts anew. Then the sealed one holds again.")
              : _ ("The agent decides by it at once, for every workspace, and keeps it over restarts. The policy that holds now can be "
                   "brought back from the menu."),
      words);
  gtk_dialog_add_buttons (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL, _ ("_Load"), GTK_RESPONSE_ACCEPT, NULL);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), g_steal_pointer (&loading));
  gtk_window_present (GTK_WINDOW (dialog));
}

void
dmc_policy_load_dialog_run (DmcHost *host, DmcPolicyDraft *draft, GCancellable *cancellable)
{
  Loading *loading = g_new0 (Loading, 1);

  loading->host = g_object_ref (host);
  loading->draft = g_object_ref (draft);
  loading->cancellable = g_object_ref (cancellable);
  dmc_policy_draft_load_async (draft, TRUE, cancellable, on_tried, loading);
}

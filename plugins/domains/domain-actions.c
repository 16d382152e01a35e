/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-actions.h"

#include <glib/gi18n.h>

#include "domain-transfer.h"
#include "rpc/json.h"

/* The two ends of one call: whom to tell, and what was tried. */
typedef struct {
  DmcHost *host;
  char *what;
} Call;

static void
call_free (Call *call)
{
  g_object_unref (call->host);
  g_free (call->what);
  g_free (call);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  dmc_host_tell_outcome (call->host, call->what, error);
  call_free (call);
}

/* @failure: (transfer full): the sentence's beginning in case it fails */
static void
call (DmcHost *host, DmcDomain *domain, const char *method, char *failure)
{
  Call *data = g_new0 (Call, 1);

  data->host = g_object_ref (host);
  data->what = failure;
  dmc_endpoint_call_async (dmc_host_get_endpoint (host, "control"), method,
                           dmc_json_node ("id:i", dmc_domain_get_id (domain), NULL), NULL,
                           on_answer, data);
}

static gboolean
is (DmcDomain *domain, const char *state)
{
  return g_strcmp0 (dmc_domain_get_state (domain), state) == 0;
}

static const char *
why_no_focus (DmcDomain *domain, gboolean lives)
{
  gboolean focus;

  g_object_get (domain, "focus", &focus, NULL);
  if (focus)
    return _ ("It has display, keyboard and mouse already");
  return lives ? NULL : _ ("It does not run any more");
}

/**
 * dmc_domain_actions_why_not:
 * @domain: a domain
 * @action: name of an action
 *
 * Returns: (nullable): why the action is not possible now, or NULL where it is
 */
const char *
dmc_domain_actions_why_not (DmcDomain *domain, const char *action)
{
  gboolean runs = is (domain, "running") || is (domain, "blocked");

  if (!dmc_item_get_live (DMC_ITEM (domain)))
    return _ ("The hypervisor is not connected");
  if (g_strcmp0 (dmc_domain_get_role (domain), "control") == 0)
    return _ ("The control domain manages the others and always runs");
  if (g_str_equal (action, "destroy"))
    return NULL;
  if (g_str_equal (action, "reboot"))
    return NULL;
  if (g_str_equal (action, "focus"))
    return why_no_focus (domain, runs || is (domain, "paused"));
  if (g_str_equal (action, "save") || g_str_equal (action, "migrate"))
    return runs ? NULL : _ ("Only a domain that runs can be taken along: its kernel takes part");
  if (g_str_equal (action, "resume"))
    return is (domain, "paused") ? NULL : _ ("Only a paused domain can be resumed");
  if (g_str_equal (action, "toggle") && is (domain, "paused"))
    return NULL;
  if (runs)
    return NULL;
  if (is (domain, "paused"))
    return g_str_equal (action, "shutdown") ? _ ("A paused domain cannot react: resume it first")
                                            : _ ("It is paused already");
  return _ ("It does not run any more");
}

typedef struct {
  DmcHost *host; /* outlives the group */
  DmcDomain *domain;
} Target;

static void
target_free (Target *target)
{
  g_object_unref (target->host);
  g_object_unref (target->domain);
  g_free (target);
}

static void
pause_domain (Target *target)
{
  call (target->host, target->domain, "domain.pause",
        g_strdup_printf (_ ("“%s” could not be paused"), dmc_domain_get_name (target->domain)));
}

static void
resume_domain (Target *target)
{
  call (target->host, target->domain, "domain.resume",
        g_strdup_printf (_ ("“%s” could not be resumed"), dmc_domain_get_name (target->domain)));
}

static void
on_pause (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  pause_domain (user_data);
}

static void
on_resume (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  resume_domain (user_data);
}

static void
on_toggle (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data;

  if (is (target->domain, "paused"))
    resume_domain (target);
  else
    pause_domain (target);
}

static void
on_shutdown (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data;

  call (target->host, target->domain, "domain.shutdown",
        g_strdup_printf (_ ("“%s” could not be shut down"), dmc_domain_get_name (target->domain)));
}

static void
on_focus (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data;

  call (target->host, target->domain, "domain.focus",
        g_strdup_printf (_ ("“%s” could not be given the focus"),
                         dmc_domain_get_name (target->domain)));
}

static void
on_reboot (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data;

  call (target->host, target->domain, "domain.reboot",
        g_strdup_printf (_ ("“%s” could not be restarted"), dmc_domain_get_name (target->domain)));
}

static void
on_save (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data;

  dmc_domain_save (target->host, target->domain);
}

static void
on_migrate (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data;

  dmc_domain_migrate (target->host, target->domain);
}

static void
on_destroy_confirmed (GtkDialog *dialog, int response, gpointer user_data)
{
  Target *target = user_data;

  if (response == GTK_RESPONSE_ACCEPT)
    call (
        target->host, target->domain, "domain.destroy",
        g_strdup_printf (_ ("“%s” could not be destroyed"), dmc_domain_get_name (target->domain)));
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
on_destroy (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Target *target = user_data, *asked = g_new0 (Target, 1);
  GtkWidget *dialog, *button;

  asked->host = g_object_ref (target->host);
  asked->domain = g_object_ref (target->domain);
  dialog = gtk_message_dialog_new (dmc_host_get_window (target->host),
                                   GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
                                   GTK_MESSAGE_WARNING, GTK_BUTTONS_NONE, _ ("Destroy “%s”?"),
                                   dmc_domain_get_name (target->domain));
  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog),
      _ ("It ends at once and its memory is given back. What it has not stored is lost."));
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Destroy"), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_destroy_confirmed), asked,
                         (GClosureNotify)(void (*) (void))target_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static const GActionEntry entries[] = {
  { .name = "toggle", .activate = on_toggle },   { .name = "pause", .activate = on_pause },
  { .name = "resume", .activate = on_resume },   { .name = "shutdown", .activate = on_shutdown },
  { .name = "destroy", .activate = on_destroy }, { .name = "focus", .activate = on_focus },
  { .name = "reboot", .activate = on_reboot },   { .name = "save", .activate = on_save },
  { .name = "migrate", .activate = on_migrate },
};

/* Whether the hypervisor can do it at all. */
static gboolean
is_served (DmcHost *host, const char *action)
{
  static const struct {
    const char *action, *capability;
  } needs[]
      = { { "focus", "domain.focus" }, { "save", "domain.save" }, { "migrate", "domain.migrate" } };

  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++)
    if (g_str_equal (action, needs[i].action))
      return dmc_endpoint_has_capability (dmc_host_get_endpoint (host, "control"),
                                          needs[i].capability);
  return TRUE;
}

static void
update_enabled (GSimpleActionGroup *group)
{
  Target *target = g_object_get_data (G_OBJECT (group), "dmc-target");

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++) {
    GAction *action = g_action_map_lookup_action (G_ACTION_MAP (group), entries[i].name);
    gboolean can = is_served (target->host, entries[i].name)
                   && dmc_domain_actions_why_not (target->domain, entries[i].name) == NULL;

    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), can);
  }
}

/**
 * dmc_domain_actions_new:
 * @host: (transfer none): for calls and dialogs
 * @domain: (transfer none): what the actions act on
 *
 * Returns: (transfer full): the actions, which follow the domain's state
 */
GSimpleActionGroup *
dmc_domain_actions_new (DmcHost *host, DmcDomain *domain)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  Target *target = g_new0 (Target, 1);

  target->host = g_object_ref (host);
  target->domain = g_object_ref (domain);
  g_object_set_data_full (G_OBJECT (group), "dmc-target", target, (GDestroyNotify)target_free);
  g_action_map_add_action_entries (G_ACTION_MAP (group), entries, G_N_ELEMENTS (entries), target);
  g_signal_connect_object (domain, "notify::state", G_CALLBACK (update_enabled), group,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (domain, "notify::live", G_CALLBACK (update_enabled), group,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (domain, "notify::focus", G_CALLBACK (update_enabled), group,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (dmc_host_get_endpoint (host, "control"), "notify::state",
                           G_CALLBACK (update_enabled), group, G_CONNECT_SWAPPED);
  update_enabled (group);
  return group;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workspace binds to of its host. Every member of the protocol's Settings has a row; the tables below say which. */
#include "settings-dialog.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "plugin/fit-screen.h"
#include "rpc/json.h"

typedef struct {
  const char *word, *label;
} Choice;

static const Choice networks[] = {
  { "host", N_ ("The computer's network") },
  { "nat", N_ ("Outward only") },
  { "none", N_ ("No network") },
};

static const Choice clipboards[] = {
  { "both", N_ ("Both ways") },
  { "in", N_ ("Only into the workspace") },
  { "out", N_ ("Only out of the workspace") },
  { "none", N_ ("Not at all") },
};

static const Choice kinds[] = {
  { "hide", N_ ("Hide") },
  { "read-only", N_ ("Read only") },
  { "share", N_ ("Show from the computer") },
  { "redirect", N_ ("Show another folder") },
};

typedef struct {
  const char *member, *title, *subtitle;
} Switch;

static const Switch host_switches[] = {
  { "display", N_ ("Display"), N_ ("Windows on the computer's own desktop") },
  { "sound", N_ ("Sound"), NULL },
  { "microphone", N_ ("Microphone"), N_ ("With sound, and only while a program records") },
  { "printers", N_ ("Printers"), NULL },
  { "time_zone", N_ ("Time Zone"), NULL },
  { "locale", N_ ("Language and Formats"), NULL },
  { "keyboard", N_ ("Keyboard Layout"), NULL },
  { "fonts", N_ ("Fonts"), NULL },
  { "notifications", N_ ("Notifications"), N_ ("With the workspace's name, where its windows are on the computer's desktop") },
  { "appearance", N_ ("Appearance"), N_ ("Light or dark, as the computer's desktop is") },
  { "links", N_ ("Open Links with the Computer's Browser"), N_ ("The computer then knows where they lead") },
  { "registry", N_ ("Settings and Default Apps"), N_ ("Where the workspace has none of its own") },
};

static const Switch own_switches[] = {
  { "keyring", N_ ("Keyring"), N_ ("Opens with the workspace and remembers passwords in it") },
  { "suspend", N_ ("Suspend"), N_ ("Programs on a desktop of its own can be saved as they run") },
  { "autostart", N_ ("Start Programs at Login"), N_ ("Those in the workspace's autostart folder") },
};

struct _DmcSettingsDialog {
  GtkDialog parent_instance;

  GtkWidget *network, *clipboard;
  GHashTable *switches; /* member → GtkSwitch */
  JsonArray *rules;

  GtkWidget *stack;
  GtkWidget *rule_list;
  GtkWidget *kind, *path, *source, *add;
};

G_DEFINE_FINAL_TYPE (DmcSettingsDialog, dmc_settings_dialog, GTK_TYPE_DIALOG)

static void show_rules (DmcSettingsDialog *self);

/* --- rows ------------------------------------------------------------------------------------------------- */

static GtkWidget *
add_row (GtkWidget *group, const char *title, const char *subtitle, GtkWidget *control)
{
  GtkWidget *row = hdy_action_row_new ();

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), subtitle);
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 2);
  gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
  gtk_container_add (GTK_CONTAINER (row), control);
  atk_object_set_name (gtk_widget_get_accessible (control), title);
  if (GTK_IS_SWITCH (control))
    hdy_action_row_set_activatable_widget (HDY_ACTION_ROW (row), control);
  gtk_container_add (GTK_CONTAINER (group), row);
  return row;
}

static GtkWidget *
choice_new (const Choice *choices, gsize n, const char *word)
{
  GtkWidget *combo = gtk_combo_box_text_new ();

  for (gsize i = 0; i < n; i++)
    gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), choices[i].word, _ (choices[i].label));
  gtk_combo_box_set_active_id (GTK_COMBO_BOX (combo), word);
  return combo;
}

static void
add_switches (DmcSettingsDialog *self, GtkWidget *group, const Switch *switches, gsize n, JsonObject *settings)
{
  for (gsize i = 0; i < n; i++) {
    GtkWidget *control = gtk_switch_new ();

    gtk_switch_set_active (GTK_SWITCH (control), dmc_json_get_boolean (settings, switches[i].member, FALSE));
    add_row (group, _ (switches[i].title), switches[i].subtitle != NULL ? _ (switches[i].subtitle) : NULL, control);
    g_hash_table_insert (self->switches, (gpointer) switches[i].member, control);
  }
}

static GtkWidget *
add_group (GtkWidget *page, const char *title, const char *description)
{
  GtkWidget *group = g_object_new (HDY_TYPE_PREFERENCES_GROUP, "title", title, "description", description, NULL);

  gtk_container_add (GTK_CONTAINER (page), group);
  return group;
}

/* --- rules for paths -------------------------------------------------------------------------------------- */

static void
on_remove (GtkWidget *button, DmcSettingsDialog *self)
{
  json_array_remove_element (self->rules, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "index")));
  show_rules (self);
}

static char *
describe (JsonObject *rule)
{
  const char *kind = dmc_json_get_string (rule, "rule", ""), *source = dmc_json_get_string (rule, "source", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].word, kind))
      return source != NULL ? g_strdup_printf ("%s: %s", _ (kinds[i].label), source) : g_strdup (_ (kinds[i].label));
  return g_strdup (kind);
}

static void
show_rules (DmcSettingsDialog *self)
{
  guint n = json_array_get_length (self->rules);

  gtk_container_foreach (GTK_CONTAINER (self->rule_list), (GtkCallback) (void (*) (void)) gtk_widget_destroy, NULL);
  for (guint i = 0; i < n; i++) {
    JsonObject *rule = json_array_get_object_element (self->rules, i);
    const char *path = dmc_json_get_string (rule, "path", "");
    GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic", GTK_ICON_SIZE_BUTTON);
    g_autofree char *text = describe (rule);
    g_autofree char *name = g_strdup_printf (_ ("Remove the rule for %s"), path);

    add_row (self->rule_list, path, text, button);
    gtk_widget_set_tooltip_text (button, name);
    atk_object_set_name (gtk_widget_get_accessible (button), name);
    g_object_set_data (G_OBJECT (button), "index", GUINT_TO_POINTER (i));
    g_signal_connect (button, "clicked", G_CALLBACK (on_remove), self);
  }
  gtk_widget_show_all (self->rule_list);
  gtk_widget_set_visible (self->rule_list, n > 0);
}

static gboolean
has_source (DmcSettingsDialog *self)
{
  const char *kind = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->kind));

  return g_str_equal (kind, "share") || g_str_equal (kind, "redirect");
}

static void
update_rule (DmcSettingsDialog *self)
{
  gboolean source = has_source (self);

  gtk_widget_set_visible (self->source, source);
  gtk_widget_set_sensitive (self->add, gtk_entry_get_text (GTK_ENTRY (self->path))[0] == '/'
                                           && (!source || gtk_entry_get_text (GTK_ENTRY (self->source))[0] == '/'));
}

static void
on_add (DmcSettingsDialog *self)
{
  json_array_add_object_element (
      self->rules, dmc_json_object ("path:s", gtk_entry_get_text (GTK_ENTRY (self->path)), "rule:s",
                                    gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->kind)), "source:s",
                                    has_source (self) ? gtk_entry_get_text (GTK_ENTRY (self->source)) : NULL, NULL));
  gtk_entry_set_text (GTK_ENTRY (self->path), "");
  gtk_entry_set_text (GTK_ENTRY (self->source), "");
  show_rules (self);
}

static GtkWidget *
path_entry (DmcSettingsDialog *self, GtkWidget *box, const char *placeholder)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), placeholder);
  gtk_entry_set_max_length (GTK_ENTRY (entry), 1023);
  atk_object_set_name (gtk_widget_get_accessible (entry), placeholder);
  gtk_box_pack_start (GTK_BOX (box), entry, TRUE, TRUE, 0);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (update_rule), self);
  return entry;
}

static void
add_rules (DmcSettingsDialog *self, GtkWidget *page)
{
  GtkWidget *group = add_group (page, _ ("Rules for Paths"), _ ("What programs of the workspace find at a path"));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->rule_list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->rule_list), GTK_SELECTION_NONE);
  gtk_style_context_add_class (gtk_widget_get_style_context (self->rule_list), "content");
  gtk_container_add (GTK_CONTAINER (page), self->rule_list);
  self->kind = choice_new (kinds, G_N_ELEMENTS (kinds), "hide");
  atk_object_set_name (gtk_widget_get_accessible (self->kind), _ ("Rule"));
  gtk_box_pack_start (GTK_BOX (box), self->kind, FALSE, FALSE, 0);
  self->path = path_entry (self, box, _ ("/path"));
  self->source = path_entry (self, box, _ ("/what is shown there"));
  gtk_widget_set_no_show_all (self->source, TRUE);
  self->add = gtk_button_new_with_mnemonic (_ ("_Add"));
  gtk_box_pack_start (GTK_BOX (box), self->add, FALSE, FALSE, 0);
  gtk_widget_set_margin_top (box, 6);
  gtk_container_add (GTK_CONTAINER (page), box);
  g_signal_connect_swapped (self->kind, "changed", G_CALLBACK (update_rule), self);
  g_signal_connect_swapped (self->add, "clicked", G_CALLBACK (on_add), self);
  update_rule (self);
  gtk_widget_show_all (group);
}

/* --- the dialog ------------------------------------------------------------------------------------------- */

static void
dmc_settings_dialog_finalize (GObject *object)
{
  DmcSettingsDialog *self = DMC_SETTINGS_DIALOG (object);

  g_hash_table_unref (self->switches);
  g_clear_pointer (&self->rules, json_array_unref);
  G_OBJECT_CLASS (dmc_settings_dialog_parent_class)->finalize (object);
}

static void
dmc_settings_dialog_class_init (DmcSettingsDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_settings_dialog_finalize;
}

static void
dmc_settings_dialog_init (DmcSettingsDialog *self)
{
  self->switches = g_hash_table_new (g_str_hash, g_str_equal);
}

static void
fill (DmcSettingsDialog *self, GtkWidget *page, GtkWidget *computer, JsonObject *settings)
{
  JsonArray *rules = dmc_json_get_array (settings, "paths");
  GtkWidget *group = add_group (page, _ ("Connections"), NULL);

  self->network = choice_new (networks, G_N_ELEMENTS (networks), dmc_json_get_string (settings, "network", "host"));
  add_row (group, _ ("Network"), NULL, self->network);
  self->clipboard = choice_new (clipboards, G_N_ELEMENTS (clipboards), dmc_json_get_string (settings, "clipboard", "both"));
  add_row (group, _ ("Clipboard"), _ ("Anything but both ways needs a desktop of its own"), self->clipboard);
  group = add_group (computer, NULL, _ ("What the workspace may use of whatever computer it is opened on"));
  add_switches (self, group, host_switches, G_N_ELEMENTS (host_switches), settings);
  group = add_group (page, _ ("Of the Workspace"), NULL);
  add_switches (self, group, own_switches, G_N_ELEMENTS (own_switches), settings);
  self->rules = json_array_new ();
  for (guint i = 0; rules != NULL && i < json_array_get_length (rules); i++)
    json_array_add_object_element (self->rules, json_object_ref (json_array_get_object_element (rules, i)));
  add_rules (self, page);
}

static GtkWidget *
add_page (GtkWidget *stack, const char *name, const char *title)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL), *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  g_object_set (page, "margin", 18, NULL);
  gtk_container_add (GTK_CONTAINER (scrolled), page);
  gtk_stack_add_titled (GTK_STACK (stack), scrolled, name, title);
  return page;
}

/**
 * dmc_settings_dialog_new:
 * @parent: (transfer none): the window that it belongs to
 * @name: the workspace's name
 * @settings: (transfer none): its settings, as the protocol has them
 *
 * Returns: (transfer none): the dialog, hidden; it answers GTK_RESPONSE_ACCEPT when they shall be kept
 */
GtkWidget *
dmc_settings_dialog_new (GtkWindow *parent, const char *name, JsonObject *settings)
{
  g_autofree char *title = g_strdup_printf (_ ("Settings of “%s”"), name);
  DmcSettingsDialog *self = g_object_new (DMC_TYPE_SETTINGS_DIALOG, "transient-for", parent, "use-header-bar", TRUE, "modal", TRUE,
                                          "destroy-with-parent", TRUE, "title", title, "default-width", 560, "default-height", 620,
                                          NULL);
  GtkWidget *stack = self->stack = gtk_stack_new (), *switcher = gtk_stack_switcher_new (), *page;
  GtkWidget *hint = gtk_label_new (_ ("Changes take effect at the next login; default applications at once."));
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (self));

  gtk_dialog_add_button (GTK_DIALOG (self), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  gtk_dialog_add_button (GTK_DIALOG (self), _ ("_Save"), GTK_RESPONSE_ACCEPT);
  gtk_dialog_set_default_response (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (
      gtk_widget_get_style_context (gtk_dialog_get_widget_for_response (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT)), "suggested-action");
  gtk_style_context_add_class (gtk_widget_get_style_context (hint), "dim-label");
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), GTK_STACK (stack));
  gtk_widget_set_halign (switcher, GTK_ALIGN_CENTER);
  g_object_set (switcher, "margin-top", 12, NULL);
  g_object_set (hint, "margin", 12, NULL);
  gtk_box_pack_start (GTK_BOX (content), switcher, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), stack, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (content), hint, FALSE, FALSE, 0);
  page = add_page (stack, "workspace", _ ("Workspace"));
  fill (self, page, add_page (stack, "computer", _ ("This Computer")), settings);
  gtk_widget_show_all (content);
  show_rules (self);
  dmc_window_fit_screen (GTK_WINDOW (self));
  return GTK_WIDGET (self);
}

/**
 * dmc_settings_dialog_add_page:
 * @self: the dialog
 * @title: of the page
 * @content: (transfer floating): what takes effect at once when it is kept
 */
void
dmc_settings_dialog_add_page (DmcSettingsDialog *self, const char *title, GtkWidget *content)
{
  GtkWidget *page = add_page (self->stack, title, title);

  gtk_container_add (GTK_CONTAINER (page), content);
  gtk_widget_show_all (gtk_widget_get_ancestor (page, GTK_TYPE_SCROLLED_WINDOW));
}

/* Returns: (transfer full): the settings as they stand in the dialog, for workspace.set */
JsonObject *
dmc_settings_dialog_get_settings (DmcSettingsDialog *self)
{
  JsonObject *settings = dmc_json_object ("network:s", gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->network)), "clipboard:s",
                                          gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->clipboard)), NULL);
  GHashTableIter iter;
  gpointer member, control;

  g_hash_table_iter_init (&iter, self->switches);
  while (g_hash_table_iter_next (&iter, &member, &control))
    json_object_set_boolean_member (settings, member, gtk_switch_get_active (control));
  json_object_set_array_member (settings, "paths", json_array_ref (self->rules));
  return settings;
}

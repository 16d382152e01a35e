/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workspace binds to of its host. It stands in workspace.json, which anybody may have written, and comes from
 * clients: both are read by the same code. */
#include "agent/workspace-settings.h"

#include <string.h>

#include "rpc/error.h"
#include "rpc/json.h"

static const char *const networks[] = { "host", "none", "nat", NULL };
static const char *const clipboards[] = { "none", "in", "out", "both", NULL };
static const char *const sessions[] = { "graphical", "always", NULL };
static const char *const kinds[] = { "hide", "read-only", "share", "redirect", NULL };

static const char *const switches[] = { "display", "sound",    "printers", "time_zone", "locale",
                                        "keyboard", "fonts",  "registry", "keyring",   "autostart",
                                        "notifications", "appearance", "links", "suspend", "microphone" };

/* All but what tells the host where the user goes, and what listens to the user. */
#define USUAL_SWITCHES (((1U << G_N_ELEMENTS (switches)) - 1) & ~(guint) (WORKSPACE_LINKS | WORKSPACE_MICROPHONE))

G_STATIC_ASSERT (WORKSPACE_MICROPHONE == 1 << (G_N_ELEMENTS (switches) - 1));

static void
rule_free (WorkspaceRule *rule)
{
  g_free (rule->path);
  g_free (rule->source);
  g_free (rule);
}

/* Returns: (transfer full): the settings of a workspace that nobody has set any for: what it can use of the host's and does no harm */
WorkspaceSettings *
workspace_settings_new (void)
{
  WorkspaceSettings *self = g_new0 (WorkspaceSettings, 1);

  self->clipboard = WORKSPACE_CLIPBOARD_BOTH;
  self->switches = USUAL_SWITCHES;
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) rule_free);
  return self;
}

void
workspace_settings_free (WorkspaceSettings *self)
{
  g_ptr_array_unref (self->rules);
  g_free (self);
}

WorkspaceSettings *
workspace_settings_copy (const WorkspaceSettings *self)
{
  WorkspaceSettings *copy = workspace_settings_new ();

  copy->network = self->network;
  copy->clipboard = self->clipboard;
  copy->session = self->session;
  copy->switches = self->switches;
  for (guint i = 0; i < self->rules->len; i++) {
    WorkspaceRule *rule = g_memdup2 (g_ptr_array_index (self->rules, i), sizeof *rule);

    rule->path = g_strdup (rule->path);
    rule->source = g_strdup (rule->source);
    g_ptr_array_add (copy->rules, rule);
  }
  return copy;
}

/* --- reading ---------------------------------------------------------------------------------------------- */

static gboolean
refuse (GError **error, const char *member, const char *hint, const char *what)
{
  g_autofree char *name = g_strconcat ("settings.", member, NULL);

  g_propagate_error (error, dmc_error_new_param (name, hint, "%s", what));
  return FALSE;
}

static int
find_word (const char *const *words, const char *word)
{
  for (int i = 0; word != NULL && words[i] != NULL; i++)
    if (g_str_equal (words[i], word))
      return i;
  return -1;
}

static gboolean
take_word (JsonNode *node, const char *member, const char *const *words, guint *out, GError **error)
{
  const char *word = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                                                    : NULL;
  int index = find_word (words, word);
  g_autofree char *all = g_strjoinv (", ", (char **) words);
  g_autofree char *hint = g_strdup_printf ("Give one of: %s.", all);

  if (index < 0)
    return refuse (error, member, hint, "has an unknown value");
  *out = (guint) index;
  return TRUE;
}

/* The view's own parts, which a rule must not touch: what they hold keeps the workspace in. */
static gboolean
is_reserved (const char *path)
{
  static const char *const reserved[] = { "/proc", "/sys", "/dev", "/run/domicile" };

  for (gsize i = 0; i < G_N_ELEMENTS (reserved); i++) {
    gsize length = strlen (reserved[i]);

    if (strncmp (path, reserved[i], length) == 0 && (path[length] == '\0' || path[length] == '/'))
      return TRUE;
  }
  return FALSE;
}

/* An absolute path that says where it leads: no "..", ".", double or last slash, and no control characters. */
static gboolean
is_plain_path (const char *path)
{
  g_autofree char *canonical = NULL;

  if (path == NULL || path[0] != '/' || path[1] == '\0' || strlen (path) > WORKSPACE_MAX_RULE_PATH)
    return FALSE;
  for (const char *p = path; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  canonical = g_canonicalize_filename (path, "/");
  return g_str_equal (canonical, path);
}

static gboolean
take_rule (WorkspaceSettings *self, JsonObject *object, GError **error)
{
  const char *path = dmc_json_get_string (object, "path", NULL), *source = dmc_json_get_string (object, "source", NULL);
  int kind = find_word (kinds, dmc_json_get_string (object, "rule", NULL));
  gboolean has_source = kind == WORKSPACE_RULE_SHARE || kind == WORKSPACE_RULE_REDIRECT;
  WorkspaceRule *rule;

  if (kind < 0)
    return refuse (error, "paths", "Give one of: hide, read-only, share, redirect.", "has an unknown rule");
  if (!is_plain_path (path) || is_reserved (path))
    return refuse (error, "paths", "Give an absolute path without “..”, outside /proc, /sys, /dev and /run/domicile.",
                   "has a path that no rule can be for");
  if (has_source ? !is_plain_path (source) : source != NULL)
    return refuse (error, "paths", "“share” and “redirect” take the absolute path of a source without “..”; the other rules take none.",
                   "has a source that does not fit");
  if (kind == WORKSPACE_RULE_REDIRECT && is_reserved (source))
    return refuse (error, "paths", "Choose a folder of the workspace's own.", "redirects to a part of the system");
  rule = g_new0 (WorkspaceRule, 1);
  *rule = (WorkspaceRule){ g_strdup (path), (WorkspaceRuleKind) kind, g_strdup (source),
                           kind == WORKSPACE_RULE_SHARE && dmc_json_get_boolean (object, "writable", FALSE) };
  g_ptr_array_add (self->rules, rule);
  return TRUE;
}

static gboolean
take_rules (WorkspaceSettings *self, JsonNode *node, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) > WORKSPACE_MAX_PATH_RULES)
    return refuse (error, "paths", "At most 16 rules fit.", "is not a list, or too long a one");
  g_ptr_array_set_size (self->rules, 0);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_OBJECT (element))
      return refuse (error, "paths", NULL, "has an entry that is not an object");
    if (!take_rule (self, json_node_get_object (element), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
take_switch (WorkspaceSettings *self, const char *member, JsonNode *node, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++) {
    if (!g_str_equal (switches[i], member))
      continue;
    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
      return refuse (error, member, "Give true or false.", "is neither true nor false");
    self->switches = json_node_get_boolean (node) ? self->switches | 1U << i : self->switches & ~(1U << i);
    return TRUE;
  }
  return TRUE; /* a later version's; the parameters of a method are held to the schema before */
}

static gboolean
take_member (WorkspaceSettings *self, const char *member, JsonNode *node, GError **error)
{
  guint index = 0;

  if (g_str_equal (member, "network")) {
    if (!take_word (node, member, networks, &index, error))
      return FALSE;
    self->network = index;
    return TRUE;
  }
  if (g_str_equal (member, "clipboard")) {
    if (!take_word (node, member, clipboards, &index, error))
      return FALSE;
    self->clipboard = index;
    return TRUE;
  }
  if (g_str_equal (member, "session")) {
    if (!take_word (node, member, sessions, &index, error))
      return FALSE;
    self->session = index;
    return TRUE;
  }
  return g_str_equal (member, "paths") ? take_rules (self, node, error) : take_switch (self, member, node, error);
}

/**
 * workspace_settings_merge:
 * @self: the settings
 * @changes: members of the protocol's Settings; what is left out stays
 * @error: where to leave %DMC_ERROR_PARAMS, naming the member
 *
 * Changes settings, all or none.
 */
gboolean
workspace_settings_merge (WorkspaceSettings *self, JsonObject *changes, GError **error)
{
  g_autoptr (WorkspaceSettings) next = workspace_settings_copy (self);
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;

  json_object_iter_init (&iter, changes);
  while (json_object_iter_next (&iter, &member, &node))
    if (!take_member (next, member, node, error))
      return FALSE;
  WorkspaceSettings before = *self;
  *self = *next;
  *next = before;
  return TRUE;
}

/* --- writing ---------------------------------------------------------------------------------------------- */

/* The protocol's word for it. */
const char *
workspace_clipboard_to_string (WorkspaceClipboard clipboard)
{
  return clipboards[clipboard];
}

/* Returns: (transfer full): for a person, each folder of the host's that a rule shares, and how */
GStrv
workspace_settings_list_shares (const WorkspaceSettings *self)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  for (guint i = 0; i < self->rules->len; i++) {
    const WorkspaceRule *rule = g_ptr_array_index (self->rules, i);
    g_autofree char *text = NULL;

    if (rule->kind != WORKSPACE_RULE_SHARE)
      continue;
    text = g_strdup_printf ("%s (%s)", rule->source, rule->writable ? "to change" : "to read");
    g_strv_builder_add (list, text);
  }
  return g_strv_builder_end (list);
}

/* Returns: (transfer full): the places in the workspace at which a rule puts something else */
GStrv
workspace_settings_list_placed (const WorkspaceSettings *self)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  for (guint i = 0; i < self->rules->len; i++) {
    const WorkspaceRule *rule = g_ptr_array_index (self->rules, i);

    if (rule->source != NULL)
      g_strv_builder_add (list, rule->path);
  }
  return g_strv_builder_end (list);
}

/* Returns: (transfer full): the protocol's Settings, every member */
JsonObject *
workspace_settings_to_json (const WorkspaceSettings *self)
{
  JsonObject *object = dmc_json_object ("network:s", networks[self->network], "clipboard:s", clipboards[self->clipboard], "session:s",
                                        sessions[self->session], NULL);
  JsonArray *rules = json_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++)
    json_object_set_boolean_member (object, switches[i], (self->switches & 1U << i) != 0);
  for (guint i = 0; i < self->rules->len; i++) {
    const WorkspaceRule *rule = g_ptr_array_index (self->rules, i);
    JsonObject *one = dmc_json_object ("path:s", rule->path, "rule:s", kinds[rule->kind], "source:s", rule->source, NULL);

    if (rule->kind == WORKSPACE_RULE_SHARE)
      json_object_set_boolean_member (one, "writable", rule->writable);
    json_array_add_object_element (rules, one);
  }
  json_object_set_array_member (object, "paths", rules);
  return object;
}

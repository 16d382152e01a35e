/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "rpc/json.h"
#include "table.h"

char **ctl_setting_words, **ctl_rule_words;

static gboolean
add_setting (JsonObject *settings, const char *word, GError **error)
{
  const char *equals = strchr (word, '=');
  g_autofree char *name = equals ? g_strndup (word, (gsize) (equals - word)) : NULL;

  if (!equals) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "“%s” is no setting. Write it as NAME=VALUE, such as network=nat or sound=off.", word);
    return FALSE;
  }
  g_strdelimit (name, "-", '_');
  if (g_str_equal (equals + 1, "on") || g_str_equal (equals + 1, "true"))
    json_object_set_boolean_member (settings, name, TRUE);
  else if (g_str_equal (equals + 1, "off") || g_str_equal (equals + 1, "false"))
    json_object_set_boolean_member (settings, name, FALSE);
  else
    json_object_set_string_member (settings, name, equals + 1);
  return TRUE;
}

static gboolean
bad_rule (const char *word, GError **error)
{
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               "“%s” is no rule. Write hide:PATH, read-only:PATH, share:SOURCE:PATH, share-rw:SOURCE:PATH, redirect:SOURCE:PATH or none.",
               word);
  return FALSE;
}

static gboolean
add_rule (JsonArray *rules, const char *word, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (word, ":", 3);
  guint n = g_strv_length (parts);
  gboolean share_rw = n > 0 && g_str_equal (parts[0], "share-rw");
  gboolean has_source = n > 0 && (share_rw || g_str_equal (parts[0], "share") || g_str_equal (parts[0], "redirect"));
  JsonObject *rule;

  if (g_str_equal (word, "none"))
    return TRUE;
  if (n != (has_source ? 3 : 2))
    return bad_rule (word, error);
  rule = dmc_json_object ("path:s", parts[n - 1], "rule:s", share_rw ? "share" : parts[0], "source:s", has_source ? parts[1] : NULL,
                          NULL);
  if (share_rw)
    json_object_set_boolean_member (rule, "writable", TRUE);
  json_array_add_object_element (rules, rule);
  return TRUE;
}

/**
 * ctl_settings_add:
 * @params: of a method that takes "settings", which they are added to
 * @words: (nullable) (array zero-terminated=1): settings beside those of the options
 * @error: where to leave what is wrong with them
 */
gboolean
ctl_settings_add (JsonObject *params, char **words, GError **error)
{
  g_autoptr (JsonObject) settings = json_object_new ();
  g_autoptr (JsonArray) rules = json_array_new ();

  for (guint i = 0; words && words[i]; i++)
    if (!add_setting (settings, words[i], error))
      return FALSE;
  for (guint i = 0; ctl_setting_words && ctl_setting_words[i]; i++)
    if (!add_setting (settings, ctl_setting_words[i], error))
      return FALSE;
  for (guint i = 0; ctl_rule_words && ctl_rule_words[i]; i++)
    if (!add_rule (rules, ctl_rule_words[i], error))
      return FALSE;
  if (ctl_rule_words)
    json_object_set_array_member (settings, "paths", g_steal_pointer (&rules));
  if (json_object_get_size (settings) > 0)
    json_object_set_object_member (params, "settings", g_steal_pointer (&settings));
  return TRUE;
}

static void
print_rule (JsonObject *rule)
{
  g_autofree char *path = ctl_clean (dmc_json_get_string (rule, "path", ""));
  g_autofree char *source = ctl_clean (dmc_json_get_string (rule, "source", ""));
  const char *kind = dmc_json_get_string (rule, "rule", "");

  printf ("  %s%s:%s%s%s\n", kind, dmc_json_get_boolean (rule, "writable", FALSE) ? "-rw" : "", source, *source ? ":" : "", path);
}

/* Prints what ctl_settings_add() reads. */
void
ctl_settings_print (JsonObject *settings)
{
  JsonArray *rules = dmc_json_get_array (settings, "paths");
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, settings);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    if (JSON_NODE_HOLDS_VALUE (value))
      printf ("%s=%s\n", name,
              json_node_get_value_type (value) == G_TYPE_BOOLEAN ? json_node_get_boolean (value) ? "on" : "off" : json_node_get_string (value));
  if (rules && json_array_get_length (rules) > 0)
    puts ("paths:");
  for (guint i = 0; rules && i < json_array_get_length (rules); i++)
    print_rule (json_array_get_object_element (rules, i));
}

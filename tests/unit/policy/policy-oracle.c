/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real engine on standard input: each line {policy, accesses} is answered by a line
 * {decisions}, or {problems} where the policy cannot be used. With --classes it prints the table of
 * classes instead. */
#include <stdio.h>

#include "policy-doc/state.h"

static void
print_classes (void)
{
  /* The others are metered where they are spent, without a request. */
  static const char *const resources[POL_N_RESOURCES]
      = { [POL_RESOURCE_MEMORY] = "memory",
          [POL_RESOURCE_EVENTS] = "events",
          [POL_RESOURCE_CHANNELS] = "event channels" };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < POL_N_CLASSES; i++) {
    const struct pol_class *cls = &pol_classes[i];

    json_builder_begin_object (builder);
    json_builder_add_string_value (json_builder_set_member_name (builder, "name"), cls->name);
    json_builder_add_string_value (json_builder_set_member_name (builder, "summary"), cls->summary);
    json_builder_begin_array (json_builder_set_member_name (builder, "permissions"));
    for (guint j = 0; j < cls->n_permissions; j++) {
      const struct pol_permission *permission = &cls->permissions[j];

      json_builder_begin_object (builder);
      json_builder_add_string_value (json_builder_set_member_name (builder, "name"),
                                     permission->name);
      json_builder_add_string_value (json_builder_set_member_name (builder, "flow"),
                                     pol_flow_name (permission->flow));
      if (permission->resource != POL_RESOURCE_NONE)
        json_builder_add_string_value (json_builder_set_member_name (builder, "metered"),
                                       resources[permission->resource]);
      json_builder_add_string_value (json_builder_set_member_name (builder, "summary"),
                                     permission->summary);
      json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  puts (text);
}

static JsonNode *
answer (JsonObject *question)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document
      = dmc_policy_document_new (json_object_get_member (question, "policy"), problems);
  g_autoptr (DmcPolicyState) state = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  if (document == NULL) {
    json_object_set_member (object, "problems", dmc_policy_problems_to_json (problems));
    return node;
  }
  state = dmc_policy_state_new (document);
  json_object_set_array_member (
      object, "decisions",
      dmc_policy_state_simulate (state, json_object_get_array_member (question, "accesses"),
                                 &error));
  if (error != NULL)
    g_error ("%s", error->message);
  return node;
}

int
main (int argc, char **argv)
{
  g_autofree char *line = NULL;
  size_t size = 0;

  if (argc == 2 && g_str_equal (argv[1], "--classes")) {
    print_classes ();
    return 0;
  }
  while (getline (&line, &size, stdin) > 0) {
    g_autoptr (GError) error = NULL;
    g_autoptr (JsonNode) question = json_from_string (line, &error);
    g_autoptr (JsonNode) reply = NULL;
    g_autofree char *text = NULL;

    if (question == NULL)
      g_error ("%s", error->message);
    reply = answer (json_node_get_object (question));
    text = json_to_string (reply, FALSE);
    puts (text);
  }
  return 0;
}

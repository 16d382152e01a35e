/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/problem.h"

static void
problem_free (DmcPolicyProblem *problem)
{
  g_free (problem->path);
  g_free (problem->message);
  g_free (problem);
}

GPtrArray *
dmc_policy_problems_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)problem_free);
}

void
dmc_policy_problems_add (GPtrArray *problems, gboolean is_error, const char *path, char *message)
{
  DmcPolicyProblem *problem;

  /* The last place is kept for an error, so that a flood of warnings cannot hide one. */
  if (problems->len >= DMC_POLICY_MAX_PROBLEMS
      || (problems->len == DMC_POLICY_MAX_PROBLEMS - 1 && !is_error)) {
    g_free (message);
    return;
  }
  problem = g_new0 (DmcPolicyProblem, 1);
  problem->path = g_strdup (path);
  problem->message = message;
  problem->is_error = is_error;
  g_ptr_array_add (problems, problem);
}

static DmcPolicyProblem *
first_error (GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++) {
    DmcPolicyProblem *problem = g_ptr_array_index (problems, i);

    if (problem->is_error)
      return problem;
  }
  return NULL;
}

gboolean
dmc_policy_problems_have_error (GPtrArray *problems)
{
  return first_error (problems) != NULL;
}

char *
dmc_policy_problems_summary (GPtrArray *problems)
{
  DmcPolicyProblem *problem = first_error (problems);

  if (problem == NULL)
    return NULL;
  if (*problem->path == '\0')
    return g_strdup (problem->message);
  return g_strdup_printf ("%s: %s", problem->path, problem->message);
}

JsonNode *
dmc_policy_problems_to_json (GPtrArray *problems)
{
  g_autoptr (JsonArray) array = json_array_sized_new (problems->len);
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; i < problems->len; i++) {
    DmcPolicyProblem *problem = g_ptr_array_index (problems, i);
    JsonObject *object = json_object_new ();

    json_object_set_string_member (object, "path", problem->path);
    json_object_set_string_member (object, "message", problem->message);
    json_object_set_string_member (object, "severity", problem->is_error ? "error" : "warning");
    json_array_add_object_element (array, object);
  }
  json_node_set_array (node, array);
  return node;
}

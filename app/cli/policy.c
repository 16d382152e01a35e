/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy: show, validate, load, switch models and try. */
#include "ctl.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

static char *endpoint_name = (char *) "agent";
static char *policy_file;
static gboolean dry_run;
static int limit = 100;

static const GOptionEntry on_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent (the default)",
    "ENDPOINT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry check_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent (the default)",
    "ENDPOINT" },
  { "policy", 'p', 0, G_OPTION_ARG_FILENAME, &policy_file, "Ask this document, not the loaded one",
    "FILE" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry load_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent (the default)",
    "ENDPOINT" },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
    "Only tell what would be taken back (control endpoint)", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry audit_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent (the default)",
    "ENDPOINT" },
  { "limit", 'l', 0, G_OPTION_ARG_INT, &limit, "How many at most (100; 1000 can be had)", "N" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* A document that is valid JSON; “-” is standard input. */
static JsonNode *
read_document (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  JsonNode *node;
  gsize length;

  if (!g_file_get_contents (g_str_equal (path, "-") ? "/dev/stdin" : path, &text, &length, error))
    return NULL;
  node = dmc_json_parse (text, (gssize) length, &why);
  if (!node)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, "%s is not JSON: %s", path, why->message);
  return node;
}

static gboolean
run_show (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonGenerator) generator = NULL;
  g_autofree char *text = NULL;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  node = ctl_call (ctl, endpoint, "policy.get", NULL, error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  generator = json_generator_new ();
  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, json_object_get_member (json_node_get_object (node), "policy"));
  text = json_generator_to_data (generator, NULL);
  puts (text);
  return TRUE;
}

/* Exit code 1 where the document has errors, so that scripts can tell. */
static gboolean
run_validate (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  JsonNode *document;
  g_autoptr (JsonNode) node = NULL;
  JsonArray *problems;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  document = read_document (arguments[0], error);
  if (!document)
    return FALSE;
  node = ctl_call (ctl, endpoint, "policy.validate", dmc_json_node ("policy:n", document, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  problems = dmc_json_get_array (json_node_get_object (node), "problems");
  for (guint i = 0; problems && i < json_array_get_length (problems); i++) {
    JsonObject *problem = json_array_get_object_element (problems, i);
    g_autofree char *path = ctl_clean (dmc_json_get_string (problem, "path", ""));
    g_autofree char *message = ctl_clean (dmc_json_get_string (problem, "message", ""));

    printf ("%s: %s: %s\n", dmc_json_get_string (problem, "severity", "error"), *path ? path : "/",
            message);
  }
  if (!dmc_json_get_boolean (json_node_get_object (node), "valid", FALSE)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, "%s is not a valid policy.", arguments[0]);
    return FALSE;
  }
  puts ("The policy is valid.");
  return TRUE;
}

/* What was taken back, or would be, by kind where the endpoint says. */
static void
print_revoked (JsonObject *result)
{
  static const struct {
    const char *member, *words;
  } kinds[] = { { "grants", "mapped pages" },
                { "channels", "event channels" },
                { "interrupts", "virtual interrupts" },
                { "displays", "pictures or the focus" } };
  JsonObject *revocations = dmc_json_get_object (result, "revocations");

  printf (dry_run ? "It would take back %" G_GINT64_FORMAT " accesses under way.\n"
                  : "%" G_GINT64_FORMAT " accesses under way were taken back.\n",
          dmc_json_get_int (result, "revoked", 0));
  for (guint i = 0; revocations && i < G_N_ELEMENTS (kinds); i++) {
    gint64 count = dmc_json_get_int (revocations, kinds[i].member, 0);

    if (count > 0)
      printf ("  %" G_GINT64_FORMAT " %s\n", count, kinds[i].words);
  }
}

/* What a dry run says of each app. */
static void
print_effects (JsonObject *loaded)
{
  JsonArray *effects = dmc_json_get_array (loaded, "effects");

  for (guint i = 0; effects && i < json_array_get_length (effects); i++) {
    JsonObject *effect = json_array_get_object_element (effects, i);
    g_autofree char *app = ctl_clean (dmc_json_get_string (effect, "app", "a command"));
    const char *target = dmc_json_get_string (effect, "target", NULL);

    printf ("  %s (process %" G_GINT64_FORMAT ", label %s): %s%s%s: %s\n", app, dmc_json_get_int (effect, "pid", 0),
            dmc_json_get_string (effect, "label", ""), dmc_json_get_string (effect, "effect", ""), target ? " " : "",
            target ? target : "", dmc_json_get_string (effect, "reason", ""));
  }
}

/* Only the policy that is loaded now may be replaced, not one that somebody loads meanwhile; where
 * none was loaded there is none to compare with. */
static gboolean
get_digest (Ctl *ctl, CtlEndpoint endpoint, char **digest, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) current = ctl_call (ctl, endpoint, "policy.get", NULL, &why);

  *digest = NULL;
  if (current) {
    *digest = g_strdup (dmc_json_get_string (json_node_get_object (current), "sha256", NULL));
    return TRUE;
  }
  if (g_error_matches (why, DMC_ERROR, DMC_ERROR_STATE))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* Loads @document (transfer full) in place of what has this digest, and tells what came of it. */
static gboolean
load_document (
    Ctl *ctl, CtlEndpoint endpoint, JsonNode *document, const char *digest, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *params
      = dmc_json_object ("policy:n", document, "expect_sha256:s", digest, NULL);

  if (dry_run)
    json_object_set_boolean_member (params, "dry_run", TRUE);
  node = ctl_call (ctl, endpoint, "policy.load", dmc_json_take_object (params), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  if (!dry_run)
    printf ("Loaded; SHA-256 %s.\n",
            dmc_json_get_string (json_node_get_object (node), "sha256", ""));
  print_revoked (json_node_get_object (node));
  print_effects (json_node_get_object (node));
  return TRUE;
}

static gboolean
run_load (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  g_autoptr (JsonNode) document = NULL;
  g_autofree char *digest = NULL;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  document = read_document (arguments[0], error);
  if (!document || !get_digest (ctl, endpoint, &digest, error))
    return FALSE;
  return load_document (ctl, endpoint, g_steal_pointer (&document), digest, error);
}

static gboolean
print_models (Ctl *ctl, JsonNode *policy)
{
  JsonArray *models = dmc_json_get_array (json_node_get_object (policy), "models");

  if (ctl->json)
    return ctl_print_json (json_object_get_member (json_node_get_object (policy), "models"));
  for (guint i = 0; models && i < json_array_get_length (models); i++) {
    g_autofree char *name = ctl_clean (json_array_get_string_element (models, i));

    puts (name);
  }
  return TRUE;
}

/* Without names prints the active models; with names makes those, and no others, the active ones. */
static gboolean
run_models (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  g_autoptr (JsonNode) current = NULL;
  g_autoptr (JsonNode) policy = NULL;
  JsonArray *models;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  current = ctl_call (ctl, endpoint, "policy.get", NULL, error);
  if (!current)
    return FALSE;
  policy = json_node_copy (json_object_get_member (json_node_get_object (current), "policy"));
  if (!arguments[0])
    return print_models (ctl, policy);
  models = json_array_new ();
  for (guint i = 0; arguments[i]; i++)
    json_array_add_string_element (models, arguments[i]);
  json_object_set_array_member (json_node_get_object (policy), "models", models);
  return load_document (ctl, endpoint, g_steal_pointer (&policy),
                        dmc_json_get_string (json_node_get_object (current), "sha256", NULL), error);
}

static gboolean
run_check (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "MODEL", "VERDICT", "REASON", NULL };
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  g_autoptr (JsonNode) node = NULL;
  CtlEndpoint endpoint;
  JsonNode *document = NULL;
  JsonArray *models;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  if (policy_file && !(document = read_document (policy_file, error)))
    return FALSE;
  node = ctl_call (ctl, endpoint, "policy.check",
                   dmc_json_node ("subject:s", arguments[0], "object:s", arguments[1], "class:s",
                                  arguments[2], "permission:s", arguments[3], "policy:n", document, NULL),
                   error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  models = dmc_json_get_array (json_node_get_object (node), "models");
  for (guint i = 0; models && i < json_array_get_length (models); i++) {
    JsonObject *model = json_array_get_object_element (models, i);
    ctl_table_add (table, dmc_json_get_string (model, "model", ""),
                   dmc_json_get_boolean (model, "allowed", FALSE) ? "allows" : "denies",
                   dmc_json_get_string (model, "reason", ""));
  }
  ctl_table_print (table, "No model is active.");
  puts (dmc_json_get_boolean (json_node_get_object (node), "allowed", FALSE) ? "Allowed." : "Denied.");
  return TRUE;
}

static void
add_record (CtlTable *table, JsonObject *record)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (dmc_json_get_int (record, "time_us", 0) / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc ? g_date_time_to_local (utc) : NULL;
  g_autofree char *when = local ? g_date_time_format (local, "%F %T") : NULL;
  gint64 domain = dmc_json_get_int (record, "domain", -1);
  g_autofree char *number = domain >= 0 ? g_strdup_printf ("domain %" G_GINT64_FORMAT, domain) : NULL;
  const char *denied = dmc_json_get_boolean (record, "enforced", TRUE) ? "denied" : "noted";

  ctl_table_add (table, when ? when : "", dmc_json_get_boolean (record, "allowed", FALSE) ? "allowed" : denied,
                 number ? number : dmc_json_get_string (record, "app", ""), dmc_json_get_string (record, "subject", ""),
                 dmc_json_get_string (record, "object", ""), dmc_json_get_string (record, "class", ""),
                 dmc_json_get_string (record, "permission", ""), dmc_json_get_string (record, "target", ""),
                 dmc_json_get_string (record, "reason", ""));
}

static gboolean
run_audit (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[]
      = { "TIME", "RESULT", "WHO", "SUBJECT", "OBJECT", "CLASS", "PERMISSION", "TARGET", "REASON", NULL };
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  g_autoptr (JsonNode) node = NULL;
  CtlEndpoint endpoint;
  JsonArray *records;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  node = ctl_call (ctl, endpoint, "audit.list", dmc_json_node ("limit:i", (gint64)limit, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  records = dmc_json_get_array (json_node_get_object (node), "records");
  for (guint i = 0; records && i < json_array_get_length (records); i++)
    add_record (table, json_array_get_object_element (records, i));
  ctl_table_print (table, "Nothing was recorded.");
  return TRUE;
}

static const CtlCommand policy_commands[] = {
  { "show", NULL, "Print the loaded policy", 0, 0, on_options, run_show },
  { "validate", "FILE", "Tell what is wrong with a policy", 1, 1, on_options, run_validate },
  { "load", "FILE", "Load a policy, and tell what was taken back", 1, 1, load_options, run_load },
  { "models", "[MODEL…]", "Print the active models, or switch on these and all others off", 0, 16,
    load_options, run_models },
  { "check", "SUBJECT OBJECT CLASS PERMISSION", "Ask for one decision and its reasons", 4, 4,
    check_options, run_check },
  { "audit", NULL, "Show what was denied of late, and why", 0, 0, audit_options, run_audit },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_policy = { "policy", "Shows, tries and loads the policy.", policy_commands };

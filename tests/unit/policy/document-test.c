/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a policy document, and where. */
#include "policy-doc/document.h"
#include "policy-doc/propose.h"
#include "rpc/json.h"

#define LABELS "\"labels\":{\"subjects\":{\"s\":{}},\"objects\":{\"o\":{}}}"
#define TE     "{\"format\":1,\"models\":[\"te\"]," LABELS ",\"te\":"
#define BLP    "\"blp\":{\"levels\":[\"low\",\"high\"],\"categories\":[\"c\"]}"
#define WALL   "\"chinese_wall\":{\"classes\":[{\"name\":\"n\",\"datasets\":[\"a\",\"b\"]}]}"
#define BARE   "{\"format\":1,\"models\":[],"

typedef struct {
  const char *text;
  const char
      *path; /* of the first error, in a valid one of the first warning; NULL: there is none */
  const char *message; /* a part of its sentence */
} Case;

static const Case invalid[] = {
  { "[]", "", "must be an object" },
  { "7", "", "must be an object" },
  { "{}", "format", "does not say its format" },
  { "{\"format\":2,\"models\":[]," LABELS "}", "format", "Only format 1" },
  { "{\"format\":\"1\",\"models\":[]," LABELS "}", "format", "Only format 1" },
  { "{\"format\":1," LABELS "}", "models", "which models" },
  { "{\"format\":1,\"models\":{}," LABELS "}", "models", "must be an array" },
  { "{\"format\":1,\"models\":[\"mls\"]," LABELS "}", "models[0]", "no model “mls”" },
  { "{\"format\":1,\"models\":[4]," LABELS "}", "models[0]", "must be a string" },
  { "{\"format\":1,\"models\":[\"blp\",\"blp\"]," BLP "," LABELS "}", "models[1]", "named twice" },
  { "{\"format\":1,\"models\":[\"te\"]," LABELS "}", "te", "active" },
  { "{\"format\":1,\"models\":[\"guard\"]," LABELS "}", "guard", "active" },
  { "{\"format\":1,\"models\":[]}", "labels", "no “labels”" },
  { BARE LABELS ",\"enforcing\":1}", "enforcing", "true or false" },
  { BARE LABELS ",\"extra\":1}", "extra", "no member “extra”" },
  { BARE LABELS ",\"a b\":1}", "[\"a b\"]", "no member" },
  { BARE LABELS ",\"te\":[]}", "te", "must be an object" },
  { TE "{\"types\":[\"a\",\"a\"]}}", "te.types[1]", "declared twice" },
  { TE "{\"types\":[\"\"]}}", "te.types[0]", "1 to 256" },
  { TE "{\"types\":[\"a\\nb\"]}}", "te.types[0]", "control characters" },
  { TE "{\"types\":\"a\"}}", "te.types", "must be an array" },
  { TE "{\"types\":[\"a\"],\"attributes\":{\"x\":[\"a\",\"b\"]}}}", "te.attributes.x[1]",
    "type or attribute “b”" },
  { TE "{\"types\":[\"a\"],\"attributes\":{\"a\":[]}}}", "te.attributes.a", "type already" },
  { TE "{\"types\":[],\"attributes\":{\"x\":[\"x\"]}}}", "te.attributes.x[0]", "contains itself" },
  { TE "{\"types\":[],\"attributes\":{\"x\":[\"y\"],\"y\":[\"z\"],\"z\":[\"x\"]}}}",
    "te.attributes.z[0]", "“x” contains itself" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"target\":\"a\",\"class\":\"file\",\"permissions\":[]}]}}",
    "te.allow[0]", "no “source”" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"source\":\"q\",\"target\":\"a\",\"class\":\"file\","
       "\"permissions\":[]}]}}",
    "te.allow[0].source", "“q”" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"source\":\"a\",\"target\":\"q\",\"class\":\"file\","
       "\"permissions\":[]}]}}",
    "te.allow[0].target", "“q”" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"source\":\"a\",\"target\":\"a\",\"class\":\"q\","
       "\"permissions\":[]}]}}",
    "te.allow[0].class", "no object class “q”" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"source\":\"a\",\"target\":\"a\",\"class\":\"file\","
       "\"permissions\":[\"read\",\"q\"]}]}}",
    "te.allow[0].permissions[1]", "no permission “q”" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"source\":\"a\",\"target\":\"a\",\"class\":\"file\","
       "\"permissions\":[],\"not\":1}]}}",
    "te.allow[0].not", "no member" },
  { TE "{\"types\":[\"a\",\"b\"],\"attributes\":{\"x\":[\"a\",\"b\"]},\"allow\":["
       "{\"source\":\"a\",\"target\":\"b\",\"class\":\"file\",\"permissions\":[\"write\"]},"
       "{\"source\":\"b\",\"target\":\"x\",\"class\":\"file\",\"permissions\":[\"read\"]}],"
       "\"neverallow\":[{\"source\":\"x\",\"target\":\"a\",\"class\":\"file\","
       "\"permissions\":[\"read\",\"write\"]}]}}",
    "te.allow[1]", "lets “b” read on class “file” of type “a”, which te.neverallow[0] forbids" },
  { TE "{\"types\":[\"a\"],\"neverallow\":[{\"source\":\"q\",\"target\":\"a\",\"class\":\"file\","
       "\"permissions\":[\"read\"]}]}}",
    "te.neverallow[0].source", "“q”" },
  { BARE LABELS ",\"blp\":{\"levels\":[\"a\",\"b\",\"a\"]}}", "blp.levels[2]", "declared twice" },
  { BARE LABELS ",\"biba\":{\"levels\":[],\"mode\":\"ring\"}}", "biba.mode", "no mode “ring”" },
  { BARE LABELS ",\"chinese_wall\":{\"classes\":[{\"name\":\"n\",\"datasets\":[\"a\",\"a\"]}]}}",
    "chinese_wall.classes[0].datasets[1]", "twice" },
  { BARE LABELS ",\"chinese_wall\":{\"classes\":[{\"name\":\"n\",\"datasets\":[]},{\"name\":\"n\","
                "\"datasets\":[]}]}}",
    "chinese_wall.classes[1].name", "declared twice" },
  { BARE BLP ",\"labels\":{\"subjects\":{\"s\":{\"level\":\"mid\"}}}}", "labels.subjects.s.level",
    "no level “mid”" },
  { BARE "\"labels\":{\"subjects\":{\"s\":{\"level\":\"low\"}}}}", "labels.subjects.s.level",
    "no level “low”" },
  { BARE BLP ",\"labels\":{\"subjects\":{\"s\":{\"level_range\":[\"high\",\"low\"]}}}}",
    "labels.subjects.s.level_range", "upside down" },
  { BARE BLP ",\"labels\":{\"subjects\":{\"s\":{\"level_range\":[\"low\"]}}}}",
    "labels.subjects.s.level_range", "two levels" },
  { BARE BLP
    ",\"labels\":{\"subjects\":{\"s\":{\"level\":\"high\",\"level_range\":[\"low\",\"low\"]}}}}",
    "labels.subjects.s.level_range", "outside" },
  { BARE BLP ",\"labels\":{\"objects\":{\"o\":{\"level_range\":[\"low\",\"high\"]}}}}",
    "labels.objects.o.level_range", "no member" },
  { BARE BLP ",\"labels\":{\"objects\":{\"o\":{\"categories\":[\"c\",\"d\"]}}}}",
    "labels.objects.o.categories[1]", "no category “d”" },
  { BARE WALL ",\"labels\":{\"objects\":{\"o\":{\"dataset\":\"z\"}}}}", "labels.objects.o.dataset",
    "“z”" },
  { BARE WALL ",\"labels\":{\"subjects\":{\"s\":{\"dataset\":\"a\"}}}}",
    "labels.subjects.s.dataset", "no member" },
  { BARE "\"labels\":{\"subjects\":{\"s\":{\"integrity\":\"i\"}}}}", "labels.subjects.s.integrity",
    "“i”" },
  { BARE "\"labels\":{\"subjects\":{\"s\":{\"type\":\"t\"}}}}", "labels.subjects.s.type", "“t”" },
  { BARE "\"labels\":{\"subjects\":{\"s\":3}}}", "labels.subjects.s", "must be an object" },
  { BARE "\"labels\":{\"subjects\":{\"\":{}}}}", "labels.subjects[\"\"]", "has a name" },
  { BARE LABELS ",\"guard\":{\"subjects\":{\"q\":{}}}}", "guard.subjects.q", "no subject “q”" },
  { BARE LABELS ",\"guard\":{\"defaults\":{\"cpu_percent\":-1}}}", "guard.defaults.cpu_percent",
    "from 0" },
  { BARE LABELS ",\"guard\":{\"defaults\":{\"memory_kib\":4294967295}}}",
    "guard.defaults.memory_kib", "from 0" },
  { BARE LABELS ",\"guard\":{\"defaults\":{\"memory_kib\":1.5}}}", "guard.defaults.memory_kib",
    "whole number" },
  { BARE LABELS ",\"guard\":{\"defaults\":{\"disk\":1}}}", "guard.defaults.disk", "no member" },
};

/* These load; a warning may come with them. */
static const Case valid[] = {
  { "{\"format\":1,\"models\":[\"blp\"]," BLP "," LABELS "}", NULL, NULL },
  { BARE LABELS "}", "models", "everything is denied" },
  { "{\"format\":1,\"models\":[\"guard\"],\"guard\":{},\"labels\":{}}", NULL, NULL },
  { TE "{}}", "labels.subjects.s", "Without a type" },
  { TE "{\"types\":[\"a\"],\"allow\":[{\"source\":\"a\",\"target\":\"a\",\"class\":\"file\","
       "\"permissions\":[]}]}}",
    "te.allow[0].permissions", "allows nothing" },
  { "{\"format\":1,\"models\":[\"blp\"]," BLP
    ",\"labels\":{\"subjects\":{\"s\":{\"level\":\"low\",\"level_range\":[\"low\",\"high\"]}}}}",
    "labels.subjects.s.level_range", "no effect" },
};

static GPtrArray *
problems_of (const char *text, DmcPolicyDocument **document)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (text, &error);
  GPtrArray *problems = dmc_policy_problems_new ();

  g_assert_no_error (error);
  *document = dmc_policy_document_new (node, problems);
  return problems;
}

static void
check_first (const Case *c, GPtrArray *problems, gboolean is_error)
{
  DmcPolicyProblem *first = NULL;

  for (guint i = 0; first == NULL && i < problems->len; i++) {
    DmcPolicyProblem *problem = g_ptr_array_index (problems, i);

    if (problem->is_error == is_error)
      first = problem;
  }
  if (c->path == NULL) {
    g_assert_null (first);
    return;
  }
  g_assert_nonnull (first);
  g_test_message ("%s -> %s: %s", c->text, first->path, first->message);
  g_assert_cmpstr (first->path, ==, c->path);
  g_assert_nonnull (strstr (first->message, c->message));
}

static void
test_invalid (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++) {
    g_autoptr (DmcPolicyDocument) document = NULL;
    g_autoptr (GPtrArray) problems = problems_of (invalid[i].text, &document);

    check_first (&invalid[i], problems, TRUE);
    g_assert_null (document);
    g_assert_true (dmc_policy_problems_have_error (problems));
  }
}

static void
test_valid (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (valid); i++) {
    g_autoptr (DmcPolicyDocument) document = NULL;
    g_autoptr (GPtrArray) problems = problems_of (valid[i].text, &document);

    check_first (&valid[i], problems, FALSE);
    g_assert_nonnull (document);
    g_assert_false (dmc_policy_problems_have_error (problems));
  }
}

static void
test_many_problems (void)
{
  g_autoptr (GString) text = g_string_new (TE "{\"types\":[\"t\"],\"allow\":[");
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (GPtrArray) problems = NULL;

  /* First more warnings than are kept, then an error: it must not get lost. */
  for (guint i = 0; i < 2 * DMC_POLICY_MAX_PROBLEMS; i++)
    g_string_append (text,
                     "{\"source\":\"t\",\"target\":\"t\",\"class\":\"file\",\"permissions\":[]},");
  g_string_append (text, "{}]}}");
  problems = problems_of (text->str, &document);
  g_assert_null (document);
  g_assert_cmpuint (problems->len, ==, DMC_POLICY_MAX_PROBLEMS);
  g_assert_true (dmc_policy_problems_have_error (problems));
}

static void
test_too_many_pairs (void)
{
  g_autoptr (GString) text = g_string_new (TE "{\"types\":[");
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  DmcPolicyProblem *last;

  for (guint i = 0; i < 400; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "],\"attributes\":{\"all\":[");
  for (guint i = 0; i < 400; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "]},\"allow\":[{\"source\":\"all\",\"target\":\"all\",\"class\":\"file\","
                         "\"permissions\":[\"read\"]}]}}");
  problems = problems_of (text->str, &document);
  g_assert_null (document);
  last = g_ptr_array_index (problems, problems->len - 1);
  g_assert_cmpstr (last->path, ==, "te.allow[0]");
}

/* Each attribute contains all types and all attributes before it. */
static void
test_too_many_attributes (void)
{
  g_autoptr (GString) text = g_string_new (TE "{\"types\":[");
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < 4000; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "],\"attributes\":{\"a0\":[");
  for (guint i = 0; i < 4000; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "]");
  for (guint i = 1; i < 300; i++) {
    g_string_append_printf (text, ",\"a%u\":[\"a0\"", i);
    for (guint j = 1; j < i; j++)
      g_string_append_printf (text, ",\"a%u\"", j);
    g_string_append (text, "]");
  }
  g_string_append (text, "}}}");
  problems = problems_of (text->str, &document);
  g_assert_null (document);
  g_assert_true (dmc_policy_problems_have_error (problems));
  g_test_message ("%" G_GINT64_FORMAT " us", g_get_monotonic_time () - start);
}

static void
test_sha256_is_of_the_canonical_text (void)
{
  g_autoptr (DmcPolicyDocument) a = NULL;
  g_autoptr (DmcPolicyDocument) b = NULL;
  g_autoptr (DmcPolicyDocument) c = NULL;
  g_autoptr (GPtrArray) problems_a = problems_of ("{\"format\":1,\"models\":[],\"labels\":{}}", &a);
  g_autoptr (GPtrArray) problems_b
      = problems_of ("{ \"labels\" : {},\n\"models\":[], \"format\":1 }", &b);
  g_autoptr (GPtrArray) problems_c
      = problems_of ("{\"format\":1,\"models\":[],\"labels\":{},\"enforcing\":true}", &c);
  g_autofree char *expected = g_compute_checksum_for_string (
      G_CHECKSUM_SHA256, "{\"format\":1,\"labels\":{},\"models\":[]}", -1);

  g_assert_cmpstr (dmc_policy_document_get_sha256 (a), ==, expected);
  g_assert_cmpstr (dmc_policy_document_get_sha256 (b), ==, expected);
  g_assert_cmpstr (dmc_policy_document_get_sha256 (c), !=, expected);
}

/* ---- proposals ---- */

#define DOMAINS                                                                                                        \
  "{\"format\":1,\"models\":[\"te\"],\"te\":{\"types\":[\"g_t\",\"self_t\"],\"allow\":["                                     \
  "{\"source\":\"g_t\",\"target\":\"self_t\",\"class\":\"memory\",\"permissions\":[\"pin\"],\"description\":\"kept\"}]},"        \
  "\"labels\":{\"subjects\":{\"g\":{\"type\":\"g_t\"},\"bare\":{}},"                                                      \
  "\"objects\":{\"g\":{\"type\":\"g_t\"},\"g:self\":{\"type\":\"self_t\"}}}}"

static const struct {
  const char *record;
  const char *access; /* NULL: the policy knows no such labels */
  const char *allow;  /* the rules with the proposed one */
} proposals[] = {
  { "{\"subject\":\"g_t\",\"object\":\"g_t\",\"class\":\"memory\",\"permission\":\"increase\",\"domain\":1,\"object_domain\":1}",
    "{\"subject\":\"g\",\"object\":\"g:self\",\"class\":\"memory\",\"permission\":\"increase\"}",
    "[{\"source\":\"g_t\",\"target\":\"self_t\",\"class\":\"memory\",\"permissions\":[\"pin\",\"increase\"],\"description\":\"kept\"}]" },
  { "{\"subject\":\"g\",\"object\":\"g\",\"class\":\"event\",\"permission\":\"bind\",\"domain\":1,\"object_domain\":2}",
    "{\"subject\":\"g\",\"object\":\"g\",\"class\":\"event\",\"permission\":\"bind\"}",
    "[{\"source\":\"g_t\",\"target\":\"self_t\",\"class\":\"memory\",\"permissions\":[\"pin\"],\"description\":\"kept\"},"
    "{\"source\":\"g_t\",\"target\":\"g_t\",\"class\":\"event\",\"permissions\":[\"bind\"]}]" },
  { "{\"subject\":\"bare\",\"object\":\"g\",\"class\":\"event\",\"permission\":\"bind\"}",
    "{\"subject\":\"bare\",\"object\":\"g\",\"class\":\"event\",\"permission\":\"bind\"}", NULL },
  { "{\"subject\":\"gone_t\",\"object\":\"g\",\"class\":\"event\",\"permission\":\"bind\"}", NULL, NULL },
  { "{}", NULL, NULL },
};

static void
assert_json (JsonNode *node, const char *text)
{
  g_autoptr (JsonNode) expected = json_from_string (text, NULL);
  g_autofree char *found = json_to_string (node, FALSE);

  if (!json_node_equal (node, expected))
    g_error ("%s instead of %s", found, text);
}

static void
test_proposals (void)
{
  g_autoptr (JsonNode) policy = json_from_string (DOMAINS, NULL);
  JsonObject *object = json_node_get_object (policy);

  for (guint i = 0; i < G_N_ELEMENTS (proposals); i++) {
    g_autoptr (JsonNode) record = json_from_string (proposals[i].record, NULL);
    g_autoptr (JsonObject) access = dmc_policy_record_access (object, json_node_get_object (record));
    g_autoptr (JsonObject) rule = access != NULL ? dmc_policy_propose_rule (object, access) : NULL;
    g_autoptr (JsonNode) asked = access != NULL ? dmc_json_take_object (json_object_ref (access)) : NULL;
    g_autoptr (JsonNode) changed = rule != NULL ? dmc_policy_add_rule (policy, rule) : NULL;

    g_assert_cmpint (access != NULL, ==, proposals[i].access != NULL);
    g_assert_cmpint (rule != NULL, ==, proposals[i].allow != NULL);
    if (asked != NULL)
      assert_json (asked, proposals[i].access);
    if (changed != NULL)
      assert_json (json_object_get_member (json_object_get_object_member (json_node_get_object (changed), "te"), "allow"),
                   proposals[i].allow);
    assert_json (policy, DOMAINS);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-doc/invalid", test_invalid);
  g_test_add_func ("/policy-doc/valid", test_valid);
  g_test_add_func ("/policy-doc/many-problems", test_many_problems);
  g_test_add_func ("/policy-doc/too-many-pairs", test_too_many_pairs);
  g_test_add_func ("/policy-doc/too-many-attributes", test_too_many_attributes);
  g_test_add_func ("/policy-doc/proposals", test_proposals);
  g_test_add_func ("/policy-doc/sha256", test_sha256_is_of_the_canonical_text);
  return g_test_run ();
}

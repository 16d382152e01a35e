/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a policy document by name: what is used where, and another name for it everywhere. */
#include "policy-doc/document.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

static const char document[]
    = "{\"format\":1,\"models\":[\"te\",\"blp\",\"biba\",\"chinese-wall\",\"guard\"],"
      "\"te\":{\"types\":[\"a_t\",\"b_t\"],\"attributes\":{\"both\":[\"a_t\",\"b_t\"],\"all\":[\"both\"]},"
      "\"allow\":[{\"source\":\"a_t\",\"target\":\"b_t\",\"class\":\"file\",\"permissions\":[\"read\"]},"
      "{\"source\":\"all\",\"target\":\"b_t\",\"class\":\"file\",\"permissions\":[\"write\"]}],"
      "\"neverallow\":[{\"source\":\"b_t\",\"target\":\"a_t\",\"class\":\"file\",\"permissions\":[\"write\"]}]},"
      "\"blp\":{\"levels\":[\"low\",\"high\"],\"categories\":[\"red\",\"blue\"]},"
      "\"biba\":{\"levels\":[\"low\",\"user\"]},"
      "\"chinese_wall\":{\"classes\":[{\"name\":\"banks\",\"datasets\":[\"one\",\"two\"]},{\"name\":\"oil\",\"datasets\":[\"one\"]}]},"
      "\"guard\":{\"subjects\":{\"s\":{\"memory_kib\":7}}},"
      "\"contexts\":{\"apps\":{\"x.desktop\":\"s\",\"*\":\"t\"},\"may_bring\":[\"s\"],\"files\":[{\"path\":\"~/f\",\"label\":\"o\"}],"
      "\"network\":[{\"label\":\"o\"}],\"volumes\":[{\"label\":\"p\"}],\"processes\":\"o\"},"
      "\"labels\":{\"subjects\":{\"s\":{\"type\":\"a_t\",\"level_range\":[\"low\",\"high\"],\"categories\":[\"red\"],\"integrity\":\"user\"},"
      "\"t\":{\"type\":\"b_t\",\"level\":\"low\"}},"
      "\"objects\":{\"o\":{\"type\":\"b_t\",\"level\":\"low\",\"integrity\":\"low\",\"dataset\":\"one\"},\"p\":{\"type\":\"b_t\"}}}}";

static JsonNode *
parse (void)
{
  JsonNode *node = dmc_json_parse (document, -1, NULL);

  g_assert_nonnull (node);
  return node;
}

static gboolean
is_valid (JsonNode *node)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) checked = dmc_policy_document_new (node, problems);

  return checked != NULL;
}

static const struct {
  DmcPolicyNameKind kind;
  const char *name;
  guint uses;
} names[] = {
  { DMC_POLICY_NAME_TYPE, "a_t", 4 },     { DMC_POLICY_NAME_TYPE, "b_t", 7 },    { DMC_POLICY_NAME_ATTRIBUTE, "both", 1 },
  { DMC_POLICY_NAME_ATTRIBUTE, "all", 1 }, { DMC_POLICY_NAME_LEVEL, "low", 3 },   { DMC_POLICY_NAME_LEVEL, "high", 1 },
  { DMC_POLICY_NAME_CATEGORY, "red", 1 }, { DMC_POLICY_NAME_INTEGRITY, "low", 1 }, { DMC_POLICY_NAME_INTEGRITY, "user", 1 },
  { DMC_POLICY_NAME_CONFLICT_CLASS, "oil", 0 },  { DMC_POLICY_NAME_DATASET, "one", 1 }, { DMC_POLICY_NAME_DATASET, "two", 0 },
  { DMC_POLICY_NAME_SUBJECT, "s", 3 },    { DMC_POLICY_NAME_SUBJECT, "t", 1 },   { DMC_POLICY_NAME_OBJECT, "o", 3 },
  { DMC_POLICY_NAME_OBJECT, "p", 1 },
};

static void
test_uses (void)
{
  g_autoptr (JsonNode) node = parse ();

  g_assert_true (is_valid (node));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GHashTable) uses = dmc_policy_count_uses (json_node_get_object (node), names[i].kind);

    g_test_message ("%s", names[i].name);
    g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (uses, names[i].name)), ==, names[i].uses);
    g_assert_true (dmc_policy_is_declared (json_node_get_object (node), names[i].kind, names[i].name));
    g_assert_false (dmc_policy_is_declared (json_node_get_object (node), names[i].kind, "nothing"));
  }
}

/* Whatever gets another name, the document means the same: no use is forgotten, or it would not be valid any more. */
static void
test_rename (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (JsonNode) node = parse (), before = parse ();
    JsonObject *policy = json_node_get_object (node);
    g_autoptr (GHashTable) uses = NULL;

    g_test_message ("%s", names[i].name);
    g_assert_true (dmc_policy_rename (policy, names[i].kind, names[i].name, "fresh"));
    g_assert_false (dmc_policy_is_declared (policy, names[i].kind, names[i].name));
    g_assert_true (is_valid (node));
    uses = dmc_policy_count_uses (policy, names[i].kind);
    g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (uses, "fresh")), ==, names[i].uses);
    g_assert_false (g_hash_table_contains (uses, names[i].name));
    g_assert_true (dmc_policy_rename (policy, names[i].kind, "fresh", names[i].name));
    g_assert_true (json_node_equal (node, before));
  }
}

/* Two of a name would become one. */
static void
test_rename_to_another (void)
{
  g_autoptr (JsonNode) node = parse (), before = parse ();
  JsonObject *policy = json_node_get_object (node);

  g_assert_false (dmc_policy_rename (policy, DMC_POLICY_NAME_TYPE, "a_t", "b_t"));
  g_assert_false (dmc_policy_rename (policy, DMC_POLICY_NAME_TYPE, "a_t", "both"));
  g_assert_false (dmc_policy_rename (policy, DMC_POLICY_NAME_ATTRIBUTE, "both", "a_t"));
  g_assert_false (dmc_policy_rename (policy, DMC_POLICY_NAME_SUBJECT, "s", "t"));
  g_assert_false (dmc_policy_rename (policy, DMC_POLICY_NAME_DATASET, "one", "two"));
  g_assert_true (json_node_equal (node, before));
  /* A subject and an object may have one name. */
  g_assert_true (dmc_policy_rename (policy, DMC_POLICY_NAME_SUBJECT, "s", "o"));
  g_assert_true (is_valid (node));
}

static void
test_order_is_kept (void)
{
  g_autoptr (JsonNode) node = dmc_json_parse ("{\"a\":1,\"b\":2,\"c\":3}", -1, NULL);
  g_autofree char *text = NULL;

  dmc_policy_rename_member (json_node_get_object (node), "b", "z");
  text = dmc_json_print (node, NULL);
  g_assert_cmpstr (text, ==, "{\"a\":1,\"z\":2,\"c\":3}");
}

static void
test_swap (void)
{
  g_autoptr (JsonNode) node = dmc_json_parse ("[\"a\",\"b\",\"c\"]", -1, NULL);
  JsonArray *array = json_node_get_array (node);
  g_autofree char *text = NULL;

  g_assert_false (dmc_policy_swap_elements (array, 0, -1));
  g_assert_false (dmc_policy_swap_elements (array, 2, 3));
  g_assert_true (dmc_policy_swap_elements (array, 2, 1));
  text = dmc_json_print (node, NULL);
  g_assert_cmpstr (text, ==, "[\"a\",\"c\",\"b\"]");
}

static void
test_path (void)
{
  g_autofree char *plain = dmc_policy_path ("labels.subjects", "guest"), *quoted = dmc_policy_path ("labels.objects", "guest:self");

  g_assert_cmpstr (plain, ==, "labels.subjects.guest");
  g_assert_cmpstr (quoted, ==, "labels.objects[\"guest:self\"]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/edit/uses", test_uses);
  g_test_add_func ("/policy/edit/rename", test_rename);
  g_test_add_func ("/policy/edit/rename-to-another", test_rename_to_another);
  g_test_add_func ("/policy/edit/order", test_order_is_kept);
  g_test_add_func ("/policy/edit/swap", test_swap);
  g_test_add_func ("/policy/edit/path", test_path);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rpc/error.h"
#include "rpc/json.h"
#include "rpc/openrpc.h"
#include "rpc/schema.h"

/* A schema, a value, and what is said of it; NULL where it fits. */
typedef struct {
  const char *schema;
  const char *value;
  const char *message;
} Case;

static const Case cases[] = {
  { "{}", "5", NULL },
  { "{\"type\":\"integer\"}", "5", NULL },
  { "{\"type\":\"integer\"}", "5.0", NULL },
  { "{\"type\":\"integer\"}", "5.5", "v: must be an integer" },
  { "{\"type\":\"integer\"}", "\"5\"", "v: must be an integer" },
  { "{\"type\":\"number\"}", "5", NULL },
  { "{\"type\":\"string\"}", "null", "v: must be a string" },
  { "{\"type\":\"boolean\"}", "0", "v: must be a boolean" },
  { "{\"type\":[\"string\",\"null\"]}", "null", NULL },
  { "{\"type\":[\"string\",\"null\"]}", "1", "v: must be string or null" },
  { "{\"const\":1}", "1.0", NULL },
  { "{\"const\":1}", "2", "v: must be 1" },
  { "{\"enum\":[\"a\",1]}", "\"a\"", NULL },
  { "{\"enum\":[\"a\",1]}", "\"b\"", "v: must be one of \"a\", 1" },
  { "{\"minimum\":1}", "0", "v: must be at least 1" },
  { "{\"minimum\":1}", "1", NULL },
  { "{\"maximum\":1.5}", "2", "v: must be at most 1.5" },
  { "{\"exclusiveMinimum\":1}", "1", "v: must be more than 1" },
  { "{\"exclusiveMaximum\":1}", "1", "v: must be less than 1" },
  { "{\"minLength\":1}", "\"\"", "v: must not be empty" },
  { "{\"minLength\":2}", "\"a\"", "v: must have at least 2 characters" },
  { "{\"maxLength\":2}", "\"äöü\"", "v: must have at most 2 characters" },
  { "{\"maxLength\":3}", "\"äöü\"", NULL },
  { "{\"pattern\":\"^[a-z]+$\"}", "\"abc\"", NULL },
  { "{\"pattern\":\"^[a-z]+$\"}", "\"abc\\n\"", "v: must match the pattern ^[a-z]+$" },
  { "{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", "v[1]: must be a string" },
  { "{\"minItems\":1}", "[]", "v: must not be empty" },
  { "{\"maxItems\":1}", "[1,2]", "v: must have at most 1 elements" },
  { "{\"uniqueItems\":true}", "[1,\"1\"]", NULL },
  { "{\"uniqueItems\":true}", "[{\"a\":1},{\"a\":1}]", "v: must not hold the same value twice" },
  { "{\"required\":[\"a\"]}", "{}", "v.a: is missing" },
  { "{\"required\":[\"a\"]}", "5", NULL },
  { "{\"properties\":{\"a\":{\"type\":\"object\",\"required\":[\"b\"]}}}", "{\"a\":{}}", "v.a.b: is missing" },
  { "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1,\"c\":2}", "v.c: is unknown here" },
  { "{\"additionalProperties\":{\"type\":\"integer\"}}", "{\"a\":\"x\"}", "v.a: must be an integer" },
  { "{\"patternProperties\":{\"^x\":{\"type\":\"integer\"}},\"additionalProperties\":false}", "{\"x1\":1}", NULL },
  { "{\"patternProperties\":{\"^x\":{\"type\":\"integer\"}},\"additionalProperties\":false}", "{\"y\":1}",
    "v.y: is unknown here" },
  { "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}", "\"a\"", NULL },
  { "{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":3}]}", "5", "v: fits more than one of the forms it may have" },
  { "{\"anyOf\":[{\"type\":\"integer\"},{\"minimum\":3}]}", "5", NULL },
  { "{\"anyOf\":[{\"type\":\"integer\"}]}", "\"a\"", "v: fits none of the forms it may have" },
  { "{\"allOf\":[{\"minimum\":3},{\"maximum\":4}]}", "5", "v: must be at most 4" },
  { "{\"$ref\":\"#/defs/tree\"}", "{\"children\":[{\"children\":[]}]}", NULL },
  { "{\"$ref\":\"#/defs/tree\"}", "{\"children\":[{\"children\":[7]}]}",
    "v.children[0].children[0]: must be an object" },
};

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = dmc_json_parse (text, -1, &error);

  g_assert_no_error (error);
  return node;
}

static DmcSchemas *
make_schemas (void)
{
  g_autoptr (JsonNode) document = parse ("{\"defs\":{\"tree\":{\"type\":\"object\",\"properties\":{\"children\":"
                                         "{\"type\":\"array\",\"items\":{\"$ref\":\"#/defs/tree\"}}}}}}");

  return dmc_schemas_new (document);
}

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  g_autoptr (DmcSchemas) schemas = make_schemas ();
  g_autoptr (JsonNode) schema = parse (one->schema);
  g_autoptr (JsonNode) value = parse (one->value);
  g_autoptr (GError) error = NULL;

  g_assert_true (dmc_schemas_verify (schemas, schema, "test", &error));
  g_assert_no_error (error);
  g_assert_cmpint (dmc_schemas_check (schemas, schema, value, "v", &error), ==, one->message == NULL);
  if (one->message != NULL) {
    g_assert_error (error, DMC_ERROR, DMC_ERROR_PARAMS);
    g_assert_cmpstr (error->message, ==, one->message);
  }
}

/* A schema that would not be understood is refused when it is loaded. */
static void
test_refused (void)
{
  static const char *const schemas[] = {
    "{\"typ\":\"string\"}", "{\"type\":\"strnig\"}", "{\"type\":5}", "{\"type\":[]}", "{\"$ref\":\"#/defs/none\"}",
    "{\"$ref\":\"other.json\"}", "{\"pattern\":\"[\"}", "{\"minimum\":\"1\"}", "{\"properties\":[]}",
    "{\"properties\":{\"a\":5}}", "{\"items\":5}", "{\"oneOf\":{}}", "{\"oneOf\":[5]}", "{\"enum\":5}",
    "{\"additionalProperties\":5}", "{\"properties\":{\"a\":{\"if\":{}}}}", "{\"patternProperties\":{\"[\":{}}}", "5",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (schemas); i++) {
    g_autoptr (DmcSchemas) checker = make_schemas ();
    g_autoptr (JsonNode) schema = parse (schemas[i]);
    g_autoptr (GError) error = NULL;

    if (dmc_schemas_verify (checker, schema, "test", &error))
      g_error ("%s was accepted", schemas[i]);
    g_assert_error (error, DMC_ERROR, DMC_ERROR_INTERNAL);
  }
}

static void
test_long_name (void)
{
  g_autoptr (DmcSchemas) schemas = make_schemas ();
  g_autoptr (JsonNode) schema = parse ("{\"additionalProperties\":false}");
  g_autofree char *name = g_strnfill (100000, 'n');
  g_autoptr (JsonNode) value = dmc_json_take_object (json_object_new ());
  g_autoptr (GError) error = NULL;

  json_object_set_int_member (json_node_get_object (value), name, 1);
  g_assert_false (dmc_schemas_check (schemas, schema, value, "", &error));
  g_assert_cmpuint (strlen (error->message), <, 200);
}

static void
test_documents (void)
{
  static const char *const wrong[] = {
    "5", "{}", "{\"methods\":5}", "{\"methods\":[5]}", "{\"methods\":[{}]}", "{\"methods\":[{\"name\":\"a\"}]}",
    "{\"methods\":[{\"name\":\"a\",\"params\":[]}]}",
    "{\"methods\":[{\"name\":\"a\",\"params\":[5],\"result\":{\"schema\":{}}}]}",
    "{\"methods\":[{\"name\":\"a\",\"params\":[{\"name\":\"p\"}],\"result\":{\"schema\":{}}}]}",
    "{\"methods\":[{\"name\":\"server.info\",\"params\":[],\"result\":{\"schema\":{}}}]}",
    "{\"methods\":[],\"components\":{\"schemas\":{\"X\":{\"typ\":1}}}}", "{\"methods\":[]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GBytes) bytes = g_bytes_new_static (wrong[i], strlen (wrong[i]));
    g_autoptr (GError) error = NULL;

    if (dmc_openrpc_new (bytes, &error) != NULL)
      g_error ("%s was accepted", wrong[i]);
    g_assert_nonnull (error);
  }
}

/* A parameter that is written only is wiped, by way of a reference too; the others stay. */
static void
test_secrets (void)
{
  static const char text[] =
      "{\"methods\":[{\"name\":\"a\",\"params\":["
      "{\"name\":\"p\",\"schema\":{\"type\":\"string\",\"writeOnly\":true}},"
      "{\"name\":\"q\",\"schema\":{\"$ref\":\"#/components/schemas/Q\"}},{\"name\":\"r\",\"schema\":{}}],"
      "\"result\":{\"schema\":{}}}],"
      "\"components\":{\"schemas\":{\"Q\":{\"type\":\"string\",\"writeOnly\":true}}}}";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcOpenrpc) document = dmc_openrpc_new (bytes, &error);
  g_autoptr (JsonNode) params = parse ("{\"p\":\"one\",\"q\":\"two\",\"r\":\"three\"}");
  JsonObject *object = json_node_get_object (params);

  g_assert_no_error (error);
  dmc_openrpc_wipe_secrets (document, "a", object);
  g_assert_cmpstr (dmc_json_get_string (object, "p", NULL), ==, "");
  g_assert_cmpstr (dmc_json_get_string (object, "q", NULL), ==, "");
  g_assert_cmpstr (dmc_json_get_string (object, "r", NULL), ==, "three");
}

/* The documents that ship are understood whole. */
static void
test_shipped (gconstpointer name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (DmcOpenrpc) document = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_fail_printf ("%s is missing", path);
    return;
  }
  g_assert_true (g_file_get_contents (path, &text, &length, &error));
  bytes = g_bytes_new (text, length);
  document = dmc_openrpc_new (bytes, &error);
  g_assert_no_error (error);
  g_assert_true (dmc_openrpc_has_method (document, "server.info"));
  g_assert_true (dmc_openrpc_has_method (document, "events.subscribe"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/schema/case/%zu", i);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/schema/refused", test_refused);
  g_test_add_func ("/schema/long-name", test_long_name);
  g_test_add_func ("/schema/documents", test_documents);
  g_test_add_func ("/schema/secrets", test_secrets);
  g_test_add_data_func ("/schema/shipped/control", "control.json", test_shipped);
  g_test_add_data_func ("/schema/shipped/agent", "agent.json", test_shipped);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy that is shipped gives what the hypervisor's built-in rules give, and a bundle is
 * checked as hostile input.
 */
#include <gio/gio.h>

#include "policy-doc/bundle.h"
#include "policy/engine.h"
#include "rpc/json.h"
#include "security/hook-table.h"

static const struct {
  const char *name;
  guint cls, bit;
  enum hv_scope scope;
} hooks[] = {
#define ROW(hook, class, permission, scope)                                                        \
  { #hook, POL_CLASS_##class, POL_##class##_##permission, HV_SCOPE_##scope },
  HV_HOOKS (ROW)
#undef ROW
};

static GBytes *
compile (const char *text)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_json_parse (text, -1, &error);
  g_assert_no_error (error);
  g_autoptr (DmcPolicyDocument) document = dmc_policy_document_new (node, problems);
  g_autofree char *summary = dmc_policy_problems_summary (problems);
  g_assert_cmpstr (summary, ==, NULL);
  GBytes *bytes = dmc_policy_bundle_new (document, &error);
  g_assert_no_error (error);
  return bytes;
}

static GBytes *
shipped (void)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (g_getenv ("HYPERVISOR_POLICY"), &text, NULL, &error);
  g_assert_no_error (error);
  return compile (text);
}

static gboolean
allows (struct pol_engine *engine, guint subject, guint object, guint hook)
{
  struct pol_request request;
  g_assert_true (pol_request_init (&request, engine, subject, object, hooks[hook].cls,
                                   POL_BIT (hooks[hook].bit)));
  return pol_enforce (engine, &request);
}

static void
test_shipped (void)
{
  g_autoptr (GBytes) bytes = shipped ();
  struct pol_bundle bundle;
  g_assert_true (
      pol_bundle_open (&bundle, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
  g_autofree void *memory = g_malloc (pol_engine_size (&bundle.image));
  struct pol_engine *engine = pol_engine_init (memory, &bundle.image);
  const struct pol_label *control = pol_bundle_find (&bundle, "control_t"),
                         *guest = pol_bundle_find (&bundle, "guest_t"),
                         *machine = pol_bundle_find (&bundle, "machine");

  g_assert_true (bundle.image.header->flags & POL_IMAGE_ENFORCING);
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++) {
    enum hv_scope scope = hooks[i].scope;
    gboolean peer = scope == HV_SCOPE_PEER, own = scope == HV_SCOPE_OWN;
    g_test_message ("%s", hooks[i].name);
    /* A guest: exactly what the built-in rules give it. */
    g_assert_cmpint (allows (engine, guest->subject, guest->self, i), ==, own || peer);
    g_assert_cmpint (allows (engine, guest->subject, guest->object, i), ==, peer);
    g_assert_cmpint (allows (engine, guest->subject, control->object, i), ==, peer);
    g_assert_false (allows (engine, guest->subject, machine->object, i));
    /* The control domain: no less on the things that the operation is about. */
    if (own || peer)
      g_assert_true (allows (engine, control->subject, control->self, i));
    if (peer)
      g_assert_true (allows (engine, control->subject, guest->object, i));
    if (scope == HV_SCOPE_CONTROL)
      g_assert_true (allows (engine, control->subject, guest->object, i)
                     || allows (engine, control->subject, machine->object, i));
  }
}

/* Whatever is cut or changed, what opens stays within its bytes; the sanitizer watches. */
static void
test_hostile (void)
{
  g_autoptr (GBytes) bytes = shipped ();
  gsize size = g_bytes_get_size (bytes);
  GRand *random = g_rand_new_with_seed (7);
  struct pol_bundle bundle;

  for (gsize cut = 0; cut < size; cut++) {
    g_autofree guint8 *part = g_memdup2 (g_bytes_get_data (bytes, NULL), cut);
    g_assert_false (pol_bundle_open (&bundle, part, cut));
  }
  for (guint round = 0; round < 20000; round++) {
    g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
    for (int i = g_rand_int_range (random, 1, 4); i > 0; i--)
      changed[g_rand_int_range (random, 0, g_rand_boolean (random) ? 128 : (int)size)]
          = (guint8)g_rand_int (random);
    if (!pol_bundle_open (&bundle, changed, size))
      continue;
    g_autofree void *memory = g_malloc (pol_engine_size (&bundle.image));
    struct pol_engine *engine = pol_engine_init (memory, &bundle.image);
    for (guint i = 0; i < bundle.n_labels; i++)
      if (bundle.labels[i].subject != POL_NONE)
        allows (engine, bundle.labels[i].subject, bundle.labels[i].self,
                (guint)g_rand_int_range (random, 0, G_N_ELEMENTS (hooks)));
  }
  g_rand_free (random);
}

static void
expect_refusal (const char *subjects, const char *objects, const char *about)
{
  g_autofree char *text = g_strdup_printf (
      "{\"format\":1,\"models\":[\"te\"],\"te\":{\"types\":[\"a_t\",\"b_t\",\"%s\"]},"
      "\"labels\":{\"subjects\":{%s},\"objects\":{%s}}}",
      "name_of_a_type_that_is_longer_than_31_bytes", subjects, objects);
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_json_parse (text, -1, &error);
  g_assert_no_error (error);
  g_autoptr (DmcPolicyDocument) document = dmc_policy_document_new (node, problems);
  g_assert_nonnull (document);
  g_assert_null (dmc_policy_bundle_new (document, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, about));
}

static void
test_incomplete_labels (void)
{
  const char *a = "\"a\":{\"type\":\"a_t\"}",
             *full = "\"a\":{\"type\":\"a_t\"},\"a:self\":{\"type\":\"a_t\"}";
  expect_refusal (a, a, "a");
  expect_refusal (a, full, "machine");
  expect_refusal ("\"a\":{\"type\":\"a_t\"},\"b\":{\"type\":\"a_t\"}",
                  "\"a\":{},\"a:self\":{},\"b\":{},\"b:self\":{},\"machine\":{}", "same type");
  expect_refusal ("\"a\":{\"type\":\"name_of_a_type_that_is_longer_than_31_bytes\"}",
                  "\"a\":{},\"a:self\":{},\"machine\":{}", "31 bytes");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hypervisor-policy/shipped", test_shipped);
  g_test_add_func ("/hypervisor-policy/hostile", test_hostile);
  g_test_add_func ("/hypervisor-policy/incomplete-labels", test_incomplete_labels);
  return g_test_run ();
}

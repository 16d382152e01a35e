/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The textbook cases of each model, their combination, the cache, and images from an enemy. */
#include "policy-doc/state.h"
#include "policy/model.h"

/* textbook.json with these models active. */
static DmcPolicyState *
state_for (const char *models, const char *biba_mode)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "textbook.json", NULL);
  g_auto (GStrv) names = g_strsplit (models, " ", -1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document = NULL;
  JsonArray *active = json_array_new ();
  JsonObject *root;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  for (guint i = 0; names[i] != NULL; i++)
    json_array_add_string_element (active, names[i]);
  json_object_set_array_member (root, "models", active);
  json_object_set_string_member (json_object_get_object_member (root, "biba"), "mode", biba_mode);
  document = dmc_policy_document_new (json_parser_get_root (parser), problems);
  g_assert_nonnull (document);
  return dmc_policy_state_new (document);
}

static struct pol_request
request_for (DmcPolicyState *state,
             const char *subject,
             const char *object,
             const char *cls,
             const char *permission)
{
  g_autoptr (JsonObject) access = json_object_new ();
  g_autoptr (GError) error = NULL;
  struct pol_request request = { 0 };

  json_object_set_string_member (access, "subject", subject);
  json_object_set_string_member (access, "object", object);
  json_object_set_string_member (access, "class", cls);
  json_object_set_string_member (access, "permission", permission);
  dmc_policy_state_resolve (state, access, "", &request, &error);
  g_assert_no_error (error);
  return request;
}

static gboolean
enforce (DmcPolicyState *state,
         const char *subject,
         const char *object,
         const char *cls,
         const char *permission)
{
  struct pol_request request = request_for (state, subject, object, cls, permission);

  return pol_enforce (dmc_policy_state_get_engine (state), &request);
}

typedef struct {
  const char *subject, *object, *cls, *permission;
  gboolean allowed;
} Access;

typedef struct {
  const char *name;
  const char *models;
  const char *biba_mode;
  Access accesses[14]; /* in order, by one engine */
} Case;

static const Case cases[] = {
  { "te",
    "te",
    "strict",
    { { "teller", "same", "file", "read", TRUE },
      { "game", "same", "file", "write", TRUE },        /* through the attribute */
      { "teller", "same", "file", "execute", FALSE },   /* another permission */
      { "teller", "same", "directory", "read", FALSE }, /* another class */
      { "game", "same", "event", "send", FALSE },       /* another source */
      { "teller", "toy", "file", "read", FALSE },       /* another target */
      { "game", "toy", "file", "read", FALSE },         /* its own type needs a rule, too */
      { "untyped", "same", "file", "read", FALSE },
      { "teller", "bare", "file", "read", FALSE } } },
  { "blp",
    "blp",
    "strict",
    { { "teller", "same", "file", "read", TRUE },
      { "teller", "same", "file", "write", TRUE },
      { "teller", "same", "event", "bind", TRUE },
      { "teller", "higher", "file", "read", FALSE },
      { "teller", "higher", "file", "write", TRUE },
      { "teller", "higher", "event", "bind", FALSE },
      { "teller", "lower", "file", "read", TRUE },
      { "teller", "lower", "file", "write", FALSE },
      { "teller", "lower", "event", "send", FALSE }, /* invoking tells something */
      { "teller", "lower", "event", "close", TRUE }, /* giving back is never refused */
      { "teller", "radio", "file", "read", FALSE },  /* incomparable: neither way */
      { "teller", "radio", "file", "write", FALSE },
      { "teller", "both", "file", "write", TRUE },
      { "teller", "both", "file", "read", FALSE } } },
  { "blp-trusted",
    "blp",
    "strict",
    { { "trusted", "higher", "file", "read", TRUE },
      { "trusted", "lower", "file", "write", TRUE },
      { "trusted", "same", "event", "bind", TRUE },
      { "trusted", "none", "file", "write", FALSE }, /* its categories bind it all the same */
      { "trusted", "none", "file", "read", TRUE } } },
  { "biba-strict",
    "biba",
    "strict",
    { { "teller", "same", "event", "bind", TRUE },
      { "teller", "higher", "file", "read", TRUE },
      { "teller", "higher", "file", "write", FALSE },
      { "teller", "higher", "event", "send", FALSE },
      { "teller", "lower", "file", "read", FALSE },
      { "teller", "lower", "file", "write", TRUE },
      { "teller", "lower", "event", "send", TRUE },
      { "teller", "lower", "event", "bind", FALSE },
      { "teller", "higher", "event", "close", TRUE } } },
  { "biba-low-water-mark",
    "biba",
    "low-water-mark",
    { { "teller", "same", "file", "write", TRUE },
      { "teller", "higher", "file", "read", TRUE }, /* reading up changes nothing */
      { "teller", "same", "file", "write", TRUE },
      { "teller", "lower", "file", "read", TRUE },  /* sinks */
      { "teller", "same", "file", "write", FALSE }, /* for good */
      { "teller", "same", "file", "read", TRUE },
      { "teller", "same", "event", "send", FALSE },
      { "teller", "lower", "file", "write", TRUE },
      { "trusted", "higher", "file", "write", TRUE } } }, /* others do not sink with it */
  { "chinese-wall",
    "chinese-wall",
    "strict",
    { { "teller", "public", "file", "write", TRUE }, /* nothing to carry over yet */
      { "teller", "bank-a", "file", "read", TRUE },  /* the first choice is free */
      { "teller", "bank-a2", "file", "write", TRUE },
      { "teller", "bank-b", "file", "read", FALSE },
      { "teller", "bank-b", "file", "write", FALSE },
      { "teller", "public", "file", "read", TRUE },
      { "teller", "public", "file", "write", FALSE }, /* could carry bank-a over */
      { "teller", "oil-a", "file", "write", FALSE },  /* *-property: refused, and no history */
      { "teller", "bank-a", "file", "write", TRUE },
      { "teller", "oil-a", "file", "read", TRUE },
      { "teller", "bank-a", "file", "write", FALSE }, /* could carry oil-a over */
      { "teller", "bank-b", "event", "close", TRUE },
      { "game", "bank-b", "file", "read", TRUE } } }, /* history is per subject */
  { "brewer-nash-one-of-each-class", /* the paper's own walk: a bank and an oil company are no
                                        conflict */
    "chinese-wall",
    "strict",
    { { "teller", "oil-a", "file", "read", TRUE },
      { "teller", "bank-a", "file", "read", TRUE },
      { "teller", "oil-b", "file", "read", FALSE },
      { "teller", "bank-b", "file", "read", FALSE },
      { "teller", "oil-a", "file", "read", TRUE },
      { "teller", "bank-a2", "file", "read", TRUE },   /* more of the same company */
      { "teller", "bank-a2", "file", "write", FALSE }, /* oil-a could leak into it */
      { "teller", "public", "file", "read", TRUE },    /* sanitized */
      { "teller", "public", "file", "write", FALSE },
      { "game", "oil-b", "file", "write", TRUE }, /* who has one dataset alone may write there */
      { "game", "oil-b", "file", "read", TRUE },
      { "game", "bank-b", "file", "write", FALSE },
      { "game", "oil-a", "event", "send", FALSE } } },
  { "biba-invocation", /* a subject makes only what is not above it act, and may tell it things */
    "biba",
    "strict",
    { { "trusted", "same", "event", "send", TRUE },
      { "trusted", "higher", "event", "send", TRUE },
      { "game", "same", "event", "send", FALSE },
      { "game", "lower", "event", "send", TRUE },
      { "game", "lower", "process", "ptrace", TRUE }, /* equal: both ways */
      { "game", "same", "process", "ptrace", FALSE } } },
  { "blp-and-biba-meet-in-equality", /* two axes: what both allow both ways is of one level on each
                                      */
    "blp biba",
    "strict",
    { { "teller", "same", "process", "ptrace", TRUE },
      { "teller", "higher", "file", "read", FALSE },  /* up in secrecy */
      { "teller", "higher", "file", "write", FALSE }, /* up in integrity */
      { "teller", "lower", "file", "read", FALSE },
      { "teller", "lower", "file", "write", FALSE } } },
  { "refused-is-not-history",
    "te chinese-wall",
    "strict",
    { { "teller", "bank-a", "file", "execute", FALSE }, /* by te */
      { "teller", "bank-b", "file", "read", TRUE },
      { "teller", "bank-a", "file", "read", FALSE } } },
  { "all-must-allow",
    "te blp biba",
    "strict",
    { { "teller", "same", "file", "read", TRUE },
      { "teller", "higher", "file", "read", FALSE },      /* blp */
      { "teller", "lower", "file", "read", FALSE },       /* biba */
      { "teller", "same", "file", "execute", FALSE } } }, /* te */
  { "no-model-denies", "", "strict", { { "teller", "same", "file", "read", FALSE } } },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (DmcPolicyState) state = state_for (c->models, c->biba_mode);

  for (guint i = 0; i < G_N_ELEMENTS (c->accesses) && c->accesses[i].subject != NULL; i++) {
    const Access *a = &c->accesses[i];

    if (enforce (state, a->subject, a->object, a->cls, a->permission) != a->allowed)
      g_error ("access %u, %s %s %s %s: not %s", i, a->subject, a->object, a->cls, a->permission,
               a->allowed ? "allowed" : "denied");
  }
}

static void
test_permission_set (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te", "strict");
  struct pol_request request = request_for (state, "teller", "same", "file", "read");

  request.permissions = POL_BIT (POL_FILE_READ) | POL_BIT (POL_FILE_WRITE);
  g_assert_true (pol_enforce (dmc_policy_state_get_engine (state), &request));
  /* A part of what was asked is not enough. */
  request.permissions |= POL_BIT (POL_FILE_EXECUTE);
  g_assert_false (pol_enforce (dmc_policy_state_get_engine (state), &request));
}

static void
test_bad_request (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request request;

  g_assert_true (pol_request_init (&request, engine, 0, 0, POL_CLASS_FILE, 1));
  g_assert_false (pol_request_init (&request, engine, 99, 0, POL_CLASS_FILE, 1));
  g_assert_false (pol_request_init (&request, engine, 0, 99, POL_CLASS_FILE, 1));
  g_assert_false (pol_request_init (&request, engine, 0, 0, POL_N_CLASSES, 1));
  g_assert_false (pol_request_init (&request, engine, 0, 0, POL_CLASS_FILE, 0));
  g_assert_false (pol_request_init (&request, engine, 0, 0, POL_CLASS_FILE, POL_BIT (POL_N_FILE)));
}

static void
test_cache (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te blp", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request request = request_for (state, "teller", "higher", "file", "read");
  bool cached;

  g_assert_false (pol_query (engine, &request, &cached));
  g_assert_false (cached);
  g_assert_false (pol_query (engine, &request, &cached));
  g_assert_true (cached);
  /* Another set of models is another policy: nothing remembered holds. */
  pol_engine_set_active (engine, POL_BIT (POL_MODEL_TE));
  g_assert_true (pol_query (engine, &request, &cached));
  g_assert_false (cached);
  pol_engine_set_active (engine, POL_BIT (POL_MODEL_TE) | POL_BIT (POL_MODEL_BLP));
  g_assert_false (pol_query (engine, &request, &cached));
  g_assert_false (cached);
}

static void
test_cache_sequence_wraps (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request request = request_for (state, "teller", "same", "file", "read");
  bool cached;

  g_assert_true (pol_query (engine, &request, NULL)); /* remembered under sequence 1 */
  engine->sequence = UINT32_MAX;
  pol_engine_set_active (engine, engine->active); /* wraps to 1 */
  pol_query (engine, &request, &cached);
  g_assert_false (cached);
}

/* More pairs of labels than the cache has places: they drive each other out and are never mixed up.
 */
static void
test_cache_collisions (void)
{
  enum { N = 40 };
  g_autoptr (GString) text
      = g_string_new ("{\"format\":1,\"models\":[\"blp\"],\"labels\":{\"subjects\":{");
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (DmcPolicyState) state = NULL;

  for (guint i = 0; i < N; i++)
    g_string_append_printf (text, "%s\"s%u\":{\"level\":\"l%u\"}", i > 0 ? "," : "", i, i * 7 % N);
  g_string_append (text, "},\"objects\":{");
  for (guint i = 0; i < N; i++)
    g_string_append_printf (text, "%s\"o%u\":{\"level\":\"l%u\"}", i > 0 ? "," : "", i, i * 11 % N);
  g_string_append (text, "}},\"blp\":{\"levels\":[");
  for (guint i = 0; i < N; i++)
    g_string_append_printf (text, "%s\"l%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "]}}");
  node = json_from_string (text->str, NULL);
  document = dmc_policy_document_new (node, problems);
  g_assert_nonnull (document);
  state = dmc_policy_state_new (document);
  for (guint i = 0; i < 3 * N * N; i++) {
    struct pol_request request;

    g_assert_true (pol_request_init (&request, dmc_policy_state_get_engine (state), i / N % N,
                                     i % N, POL_CLASS_FILE, POL_BIT (POL_FILE_READ)));
    g_assert_cmpint (pol_query (dmc_policy_state_get_engine (state), &request, NULL), ==,
                     i / N % N * 7 % N >= i % N * 11 % N);
  }
}

static void
test_history_is_never_cached (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te chinese-wall guard", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request a = request_for (state, "teller", "bank-a", "file", "read");
  struct pol_request b = request_for (state, "teller", "bank-b", "file", "read");
  bool cached;

  /* Asking leaves no history, however often. */
  for (guint i = 0; i < 3; i++) {
    g_assert_true (pol_query (engine, &a, &cached));
    g_assert_false (cached);
    g_assert_true (pol_query (engine, &b, &cached));
    g_assert_false (cached);
  }
  g_assert_true (pol_enforce (engine, &a));
  g_assert_false (pol_query (engine, &b, &cached));
  g_assert_true (pol_query (engine, &a, &cached));
}

static void
test_guard_rate (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("guard", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request request = request_for (state, "teller", "same", "event", "send");
  guint passed = 0;

  request.now_ns = 5;
  for (guint i = 0; i < 4; i++)
    g_assert_true (pol_enforce (engine, &request));
  g_assert_false (pol_enforce (engine, &request));
  request.now_ns += 249999999; /* one event is due after a quarter of a second */
  g_assert_false (pol_enforce (engine, &request));
  request.now_ns += 1;
  g_assert_true (pol_enforce (engine, &request));
  g_assert_false (pol_enforce (engine, &request));
  /* In odd steps the remainders add up: 4 a second over 10 seconds, one was left over. */
  for (guint64 end = request.now_ns + 10000000000; request.now_ns < end; request.now_ns += 7654321)
    passed += pol_enforce (engine, &request);
  g_assert_cmpuint (passed, >=, 39);
  g_assert_cmpuint (passed, <=, 41);
  /* A clock that goes back gives nothing. */
  request.now_ns = 1;
  while (pol_enforce (engine, &request))
    g_assert_cmpuint (++passed, <, 50);

  request = request_for (state, "game", "same", "event", "send");
  g_assert_false (pol_enforce (engine, &request));
}

static void
test_guard_channels (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("guard", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request bind = request_for (state, "teller", "same", "event", "bind");

  g_assert_true (pol_enforce (engine, &bind));
  g_assert_true (pol_enforce (engine, &bind));
  g_assert_false (pol_enforce (engine, &bind));
  pol_release (engine, bind.subject, POL_RESOURCE_CHANNELS, 1);
  g_assert_true (pol_enforce (engine, &bind));
  pol_release (engine, bind.subject, POL_RESOURCE_CHANNELS, 99); /* never below nothing */
  g_assert_true (pol_enforce (engine, &bind));
  g_assert_true (pol_enforce (engine, &bind));
  g_assert_false (pol_enforce (engine, &bind));
}

static void
test_guard_is_charged_only_when_all_agree (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te guard", "strict");
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_request refused = request_for (state, "teller", "toy", "event", "bind");
  struct pol_request allowed = request_for (state, "teller", "same", "event", "bind");

  for (guint i = 0; i < 5; i++)
    g_assert_false (pol_enforce (engine, &refused));
  g_assert_true (pol_enforce (engine, &allowed));
  g_assert_true (pol_enforce (engine, &allowed));
  g_assert_false (pol_enforce (engine, &allowed));
}

static void
test_carry_over (void)
{
  g_autoptr (DmcPolicyState) old = state_for ("biba chinese-wall", "low-water-mark");
  g_autoptr (DmcPolicyState) new = state_for ("biba chinese-wall", "low-water-mark");

  g_assert_true (enforce (old, "teller", "bank-a", "file", "read")); /* untrusted, too: sinks */
  dmc_policy_state_carry_over (new, old);
  g_assert_false (enforce (new, "teller", "bank-b", "file", "read"));
  g_assert_false (enforce (new, "teller", "same", "file", "write"));
  g_assert_true (enforce (new, "trusted", "bank-b", "file", "read"));
}

/* Every truncation is refused, and whatever passes the check after a flipped bit can be asked
 * anything. */
static void
test_hostile_images (void)
{
  g_autoptr (DmcPolicyState) state = state_for ("te blp biba chinese-wall guard", "strict");
  const struct pol_image *good
      = dmc_policy_document_get_image (dmc_policy_state_get_document (state));
  guint32 size = good->header->size;
  g_autofree guint8 *copy = g_malloc (size);
  guint refused = 0;

  for (guint32 cut = 0; cut < size; cut++) {
    g_autofree guint8 *part = g_memdup2 (good->header, cut);
    struct pol_image image;

    g_assert_false (pol_image_open (&image, part, cut));
  }
  for (guint32 bit = 0; bit < size * 8; bit++) {
    g_autofree gpointer memory = NULL;
    struct pol_image image;
    struct pol_engine *engine;

    memcpy (copy, good->header, size);
    copy[bit / 8] ^= (guint8)(1 << bit % 8);
    if (!pol_image_open (&image, copy, size)) {
      refused++;
      continue;
    }
    memory = g_malloc (pol_engine_size (&image));
    engine = pol_engine_init (memory, &image);
    for (guint s = 0; s < image.header->subjects.count; s++) {
      struct pol_request request;

      if (pol_request_init (&request, engine, s, bit % MAX (1, image.header->objects.count),
                            bit % POL_N_CLASSES, 1))
        pol_enforce (engine, &request);
    }
  }
  g_assert_cmpuint (refused, >, 100);
}

/* A policy of 1,000 types whose rules are all pairs of some of them: 100,000, within 1 MiB. */
static DmcPolicyState *
state_with_many_rules (guint n_sources, guint n_targets)
{
  g_autoptr (GString) text = g_string_new ("{\"format\":1,\"models\":[\"te\"],\"te\":{\"types\":[");
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (JsonNode) node = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "],\"attributes\":{\"sources\":[");
  for (guint i = 0; i < n_sources; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", i);
  g_string_append (text, "],\"targets\":[");
  for (guint i = 0; i < n_targets; i++)
    g_string_append_printf (text, "%s\"t%u\"", i > 0 ? "," : "", 999 - i);
  g_string_append (text, "]},\"allow\":[{\"source\":\"sources\",\"target\":\"targets\","
                         "\"class\":\"file\",\"permissions\":[\"read\"]}]},"
                         "\"labels\":{\"subjects\":{");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "%s\"s%u\":{\"type\":\"t%u\"}", i > 0 ? "," : "", i, i);
  g_string_append (text, "},\"objects\":{");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "%s\"o%u\":{\"type\":\"t%u\"}", i > 0 ? "," : "", i, i);
  g_string_append (text, "}}}");
  node = json_from_string (text->str, NULL);
  document = dmc_policy_document_new (node, problems);
  g_assert_nonnull (document);
  return dmc_policy_state_new (document);
}

static void
test_many_rules (void)
{
  enum { SOURCES = 400, TARGETS = 250 };
  g_autoptr (DmcPolicyState) state = state_with_many_rules (SOURCES, TARGETS);
  struct pol_engine *engine = dmc_policy_state_get_engine (state);

  g_assert_cmpuint (engine->image->header->size, <, 1 << 20);
  for (guint s = 0; s < 1000; s++) {
    for (guint o = s % 7; o < 1000; o += 7) {
      struct pol_request request;

      g_assert_true (
          pol_request_init (&request, engine, s, o, POL_CLASS_FILE, POL_BIT (POL_FILE_READ)));
      if (pol_query (engine, &request, NULL) != (s < SOURCES && o >= 1000 - TARGETS))
        g_error ("subject %u, object %u", s, o);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/policy/textbook/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/policy/permission-set", test_permission_set);
  g_test_add_func ("/policy/bad-request", test_bad_request);
  g_test_add_func ("/policy/cache/invalidation", test_cache);
  g_test_add_func ("/policy/cache/sequence-wraps", test_cache_sequence_wraps);
  g_test_add_func ("/policy/cache/collisions", test_cache_collisions);
  g_test_add_func ("/policy/cache/never-history", test_history_is_never_cached);
  g_test_add_func ("/policy/guard/rate", test_guard_rate);
  g_test_add_func ("/policy/guard/channels", test_guard_channels);
  g_test_add_func ("/policy/guard/charged-when-all-agree",
                   test_guard_is_charged_only_when_all_agree);
  g_test_add_func ("/policy/carry-over", test_carry_over);
  g_test_add_func ("/policy/image/hostile", test_hostile_images);
  g_test_add_func ("/policy/image/many-rules", test_many_rules);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a decision of the policy engine takes on the host: policy-decide DOCUMENT reads lines
 * "SUBJECT OBJECT CLASS PERMISSION", decides them with nothing remembered, then those that are
 * allowed and find room in the cache with everything remembered, and prints
 * {"uncached_ns", "cached_ns", "allowed", "bytes"}. */
#include <stdio.h>

#include "policy-doc/state.h"
#include "rpc/json.h"

#define ROUNDS   15
#define REPEATED 64 /* labels that an object manager asks about all the time */
#define REPEATS  2000

static DmcPolicyState *
read_policy (const char *path)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;

  if (!json_parser_load_from_file (parser, path, &error))
    g_error ("%s", error->message);
  document = dmc_policy_document_new (json_parser_get_root (parser), problems);
  if (document == NULL)
    g_error ("%s: %s", path, dmc_policy_problems_summary (problems));
  return dmc_policy_state_new (document);
}

static GArray *
read_questions (DmcPolicyState *state)
{
  GArray *questions = g_array_new (FALSE, FALSE, sizeof (struct pol_request));
  g_autofree char *line = NULL;
  size_t size = 0;

  while (getline (&line, &size, stdin) > 0) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
    g_autoptr (JsonObject) access = NULL;
    g_autoptr (GError) error = NULL;
    struct pol_request request;

    if (g_strv_length (words) != 4)
      g_error ("%s: not a question", line);
    access = dmc_json_object ("subject:s", words[0], "object:s", words[1], "class:s", words[2],
                              "permission:s", words[3], NULL);
    if (!dmc_policy_state_resolve (state, access, "", &request, &error))
      g_error ("%s", error->message);
    g_array_append_val (questions, request);
  }
  return questions;
}

/* As an object manager asks: what is remembered first, then the engine. */
static inline gboolean
ask (struct pol_engine *engine, const struct pol_request *request)
{
  return pol_remembers (engine, request->subject, request->object, request->cls,
                        request->permissions)
         || pol_enforce (engine, request);
}

/* The undisturbed round is the one that tells. */
static double
time_uncached (struct pol_engine *engine, const GArray *questions, guint *allowed)
{
  double best = G_MAXDOUBLE;

  for (guint round = 0; round < ROUNDS; round++) {
    gint64 start = g_get_monotonic_time ();

    *allowed = 0;
    for (guint i = 0; i < questions->len; i++) {
      /* Forgets what was decided, at the cost of adding one. */
      pol_engine_set_active (engine, engine->active);
      *allowed += ask (engine, &g_array_index (questions, struct pol_request, i));
    }
    best = MIN (best, (double)(g_get_monotonic_time () - start) * 1000 / questions->len);
  }
  return best;
}

/* Those of the first questions that are allowed and still remembered once all of them were asked.
 */
static GArray *
remembered (struct pol_engine *engine, const GArray *questions)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (struct pol_request));

  for (guint i = 0; i < questions->len && found->len < REPEATED; i++) {
    const struct pol_request *request = &g_array_index (questions, struct pol_request, i);

    if (ask (engine, request))
      g_array_append_val (found, *request);
  }
  for (guint i = found->len; i-- > 0;) {
    const struct pol_request *request = &g_array_index (found, struct pol_request, i);

    if (!pol_remembers (engine, request->subject, request->object, request->cls,
                        request->permissions))
      g_array_remove_index_fast (found, i);
  }
  return found;
}

static double
time_cached (struct pol_engine *engine, const GArray *questions)
{
  g_autoptr (GArray) few = remembered (engine, questions);
  double best = G_MAXDOUBLE;
  guint allowed = 0;

  if (few->len == 0)
    g_error ("nothing is allowed");
  for (guint round = 0; round < ROUNDS; round++) {
    gint64 start = g_get_monotonic_time ();

    for (guint repeat = 0; repeat < REPEATS; repeat++)
      for (guint i = 0; i < few->len; i++)
        allowed += ask (engine, &g_array_index (few, struct pol_request, i));
    best = MIN (best, (double)(g_get_monotonic_time () - start) * 1000 / REPEATS / few->len);
  }
  g_assert_cmpuint (allowed, ==, ROUNDS * REPEATS * few->len);
  return best;
}

int
main (int argc, char **argv)
{
  g_autoptr (DmcPolicyState) state = NULL;
  g_autoptr (GArray) questions = NULL;
  struct pol_engine *engine;
  double uncached, cached;
  guint allowed;

  if (argc != 2)
    g_error ("usage: policy-decide DOCUMENT");
  state = read_policy (argv[1]);
  questions = read_questions (state);
  engine = dmc_policy_state_get_engine (state);
  uncached = time_uncached (engine, questions, &allowed);
  cached = time_cached (engine, questions);
  printf ("{\"uncached_ns\": %.1f, \"cached_ns\": %.2f, \"allowed\": %u, \"bytes\": %u}\n",
          uncached, cached, allowed, engine->image->header->size);
  return 0;
}

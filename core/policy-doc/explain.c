/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/explain.h"

#include "policy-doc/document-private.h"
#include "policy/model.h"
#include "rpc/json.h"

typedef struct {
  const DmcPolicyDocument *document;
  const struct pol_request *request;
  const struct pol_verdict *verdict;
  const struct pol_subject *subject;
  const struct pol_object *object;
} Question;

static const char *
name_of (const DmcPolicyNames *names, guint id)
{
  return id < dmc_policy_names_count (names) ? dmc_policy_names_get (names, id) : "lowest";
}

/* "read", or "read and write" */
static char *
permission_names (const struct pol_request *request)
{
  const struct pol_class *cls = &pol_classes[request->cls];
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < cls->n_permissions; i++)
    if (request->permissions & POL_BIT (i))
      g_string_append_printf (out, "%s%s", out->len > 0 ? " and " : "", cls->permissions[i].name);
  return g_string_free (out, FALSE);
}

static gboolean
has_type (const GArray *set, guint16 type)
{
  for (guint i = 0; i < set->len; i++)
    if (g_array_index (set, guint16, i) == type)
      return TRUE;
  return FALSE;
}

/* The first rule that gives one of the permissions; several rules together may give them all. */
static char *
explain_rule (const Question *q)
{
  const GArray *rules = q->document->rules;

  for (guint i = 0; i < rules->len; i++) {
    const DmcPolicyRule *rule = &g_array_index (rules, DmcPolicyRule, i);

    if (rule->cls == q->request->cls && rule->permissions & q->request->permissions
        && has_type (rule->sources, q->subject->type) && has_type (rule->targets, q->object->type))
      return g_strdup_printf ("Rule te.allow[%u] allows it.", i);
  }
  return g_strdup ("A rule allows it.");
}

static char *
explain_te (const Question *q)
{
  const DmcPolicyNames *types = q->document->types;
  g_autofree char *permissions = permission_names (q->request);

  switch (q->verdict->reason) {
  case POL_REASON_TE_RULE:
    return explain_rule (q);
  case POL_REASON_TE_UNTYPED:
    return g_strdup_printf ("The %s has no type, so no rule allows anything.",
                            q->subject->type == POL_NONE ? "subject" : "object");
  default:
    return g_strdup_printf ("No rule allows type “%s” to %s on class “%s” of type “%s”.",
                            name_of (types, q->subject->type), permissions,
                            pol_classes[q->request->cls].name, name_of (types, q->object->type));
  }
}

static char *
explain_blp (const Question *q)
{
  const DmcPolicyNames *levels = q->document->levels;
  const DmcPolicyNames *categories = q->document->categories;
  const char *object_level = name_of (levels, q->object->level);

  switch (q->verdict->reason) {
  case POL_REASON_NO_FLOW:
    return g_strdup ("No information flows.");
  case POL_REASON_BLP_READ_UP:
    return g_strdup_printf ("No read up: the object is “%s”, the subject reads up to “%s”.",
                            object_level, name_of (levels, q->subject->read_level));
  case POL_REASON_BLP_WRITE_DOWN:
    return g_strdup_printf ("No write down: the object is “%s”, the subject writes from “%s” on.",
                            object_level, name_of (levels, q->subject->write_level));
  case POL_REASON_BLP_READ_CATEGORY:
    return g_strdup_printf ("No read up: the object has the category “%s”, the subject has not.",
                            name_of (categories, q->verdict->detail));
  case POL_REASON_BLP_WRITE_CATEGORY:
    return g_strdup_printf ("No write down: the subject has the category “%s”, the object has not.",
                            name_of (categories, q->verdict->detail));
  default:
    return g_strdup ("Levels and categories allow this flow.");
  }
}

static char *
explain_biba (const Question *q)
{
  const DmcPolicyNames *levels = q->document->integrity;
  const char *object = name_of (levels, q->object->integrity);

  switch (q->verdict->reason) {
  case POL_REASON_NO_FLOW:
    return g_strdup ("No information flows.");
  case POL_REASON_BIBA_READ_DOWN:
    return g_strdup_printf ("No read down: the object's integrity is “%s”, the subject's “%s”.",
                            object, name_of (levels, q->subject->integrity));
  case POL_REASON_BIBA_WRITE_UP:
    return g_strdup_printf ("No write up: the object's integrity is “%s”, the subject's “%s”.",
                            object, name_of (levels, q->verdict->detail));
  case POL_REASON_BIBA_LOWERS:
    return g_strdup_printf ("Allowed, and lowers the subject's integrity to “%s”.", object);
  default:
    return g_strdup ("The integrity levels allow this flow.");
  }
}

static char *
explain_chinese_wall (const Question *q)
{
  const DmcPolicyNames *datasets = q->document->datasets;
  const char *object = name_of (datasets, q->object->dataset);
  const char *other = name_of (datasets, q->verdict->detail);

  switch (q->verdict->reason) {
  case POL_REASON_NO_FLOW:
    return g_strdup ("No information flows.");
  case POL_REASON_CW_CONFLICT:
    return g_strdup_printf (
        "Conflict of interest: the subject has accessed “%s”, a competitor of “%s”.", other,
        object);
  case POL_REASON_CW_WRITE_ACROSS:
    return g_strdup_printf (
        "The subject has accessed “%s” and could carry that over by writing here.", other);
  case POL_REASON_CW_FIRST:
    return g_strdup_printf ("The subject has accessed no competitor of “%s” yet.", object);
  case POL_REASON_CW_AGAIN:
    return g_strdup_printf ("The subject is on the side of “%s” already.", object);
  case POL_REASON_CW_EXEMPT:
    return g_strdup ("The subject or the object is outside the wall.");
  case POL_REASON_CW_CLEAN:
    return g_strdup ("The subject has accessed no dataset, so it has nothing to carry over.");
  default:
    return g_strdup ("The object is in no dataset.");
  }
}

static char *
explain_guard (const Question *q)
{
  static const char *const resources[POL_N_RESOURCES]
      = { "memory", "processor time", "energy", "events", "event channels", "console output",
          "page-table updates", "grant operations" };
  const char *resource = q->verdict->detail < POL_N_RESOURCES ? resources[q->verdict->detail] : "";

  switch (q->verdict->reason) {
  case POL_REASON_GUARD_UNMETERED:
    return g_strdup ("It uses nothing that is metered.");
  case POL_REASON_GUARD_UNLIMITED:
    return g_strdup_printf ("There is no budget for %s.", resource);
  case POL_REASON_GUARD_EXHAUSTED:
    return g_strdup_printf ("The subject's budget for %s (%u) is spent.", resource,
                            q->subject->budget[q->verdict->detail]);
  default:
    return g_strdup_printf ("Within the subject's budget for %s (%u).", resource,
                            q->subject->budget[q->verdict->detail]);
  }
}

char *
dmc_policy_explain_verdict (const DmcPolicyDocument *document,
                            const struct pol_request *request,
                            enum pol_model_id model,
                            const struct pol_verdict *verdict)
{
  static char *(*const explainers[POL_N_MODELS]) (const Question *q) = {
    [POL_MODEL_TE] = explain_te,       [POL_MODEL_BLP] = explain_blp,
    [POL_MODEL_BIBA] = explain_biba,   [POL_MODEL_CHINESE_WALL] = explain_chinese_wall,
    [POL_MODEL_GUARD] = explain_guard,
  };
  Question question = {
    .document = document,
    .request = request,
    .verdict = verdict,
    .subject = &document->image.subjects[request->subject],
    .object = &document->image.objects[request->object],
  };

  if (explainers[model] == NULL)
    return g_strdup_printf ("The model “%s” %s it.", pol_models[model]->name,
                            verdict->allowed ? "allows" : "refuses");
  return explainers[model](&question);
}

JsonArray *
dmc_policy_explain (const DmcPolicyDocument *document,
                    const struct pol_request *request,
                    const struct pol_explanation *explanation)
{
  JsonArray *models = json_array_new ();

  for (guint i = 0; i < POL_N_MODELS; i++) {
    const struct pol_verdict *verdict = &explanation->verdicts[i];
    g_autofree char *reason = NULL;

    if (!(explanation->active & POL_BIT (i)))
      continue;
    reason = dmc_policy_explain_verdict (document, request, i, verdict);
    json_array_add_object_element (models, dmc_json_object ("model:s", pol_models[i]->name,
                                                            "allowed:b", (gboolean)verdict->allowed,
                                                            "reason:s", reason, NULL));
  }
  return models;
}

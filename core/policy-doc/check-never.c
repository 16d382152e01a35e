/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The member "te.neverallow": what no rule may allow, whatever the rules become. It is looked at
 * when a document is read and is not part of a compiled policy. */
#include "policy-doc/document-private.h"

/* How many types may be looked at: a bound on the work that a hostile document can make. */
#define MAX_WORK 20000000

/* The first type that is in both, or -1. */
static int
first_common (const GArray *types, const guint8 *members)
{
  for (guint i = 0; i < types->len; i++)
    if (members[g_array_index (types, guint16, i)])
      return g_array_index (types, guint16, i);
  return -1;
}

static guint8 *
members_of (const GArray *types, guint n_types)
{
  guint8 *members = g_new0 (guint8, n_types + 1);

  for (guint i = 0; i < types->len; i++)
    members[g_array_index (types, guint16, i)] = 1;
  return members;
}

static void
complain (
    DmcPolicyReader *self, guint rule, guint never, int source, int target, guint32 permissions)
{
  const DmcPolicyDocument *document = self->document;
  const DmcPolicyRule *allow = &g_array_index (document->rules, DmcPolicyRule, rule);
  gsize where = dmc_policy_reader_enter_member (self, "allow");
  guint permission = (guint)g_bit_nth_lsf (permissions, -1);

  dmc_policy_reader_enter_element (self, rule);
  dmc_policy_reader_error (
      self, "This lets “%s” %s on class “%s” of type “%s”, which te.neverallow[%u] forbids.",
      dmc_policy_names_get (document->types, (guint)source),
      pol_classes[allow->cls].permissions[permission].name, pol_classes[allow->cls].name,
      dmc_policy_names_get (document->types, (guint)target), never);
  dmc_policy_reader_leave (self, where);
}

/* FALSE once this has taken too much work. */
static gboolean
check_one (DmcPolicyReader *self, const DmcPolicyRule *never, guint index, guint *work)
{
  guint n_types = dmc_policy_names_count (self->document->types);
  g_autofree guint8 *sources = members_of (never->sources, n_types);
  g_autofree guint8 *targets = members_of (never->targets, n_types);
  const GArray *rules = self->document->rules;

  *work += 2 * n_types;
  for (guint i = 0; i < rules->len; i++) {
    const DmcPolicyRule *allow = &g_array_index (rules, DmcPolicyRule, i);
    guint32 both = allow->permissions & never->permissions;
    int source, target;

    if (allow->cls != never->cls || both == 0)
      continue;
    *work += allow->sources->len + allow->targets->len;
    if (*work > MAX_WORK)
      return FALSE;
    source = first_common (allow->sources, sources);
    target = first_common (allow->targets, targets);
    if (source >= 0 && target >= 0)
      complain (self, i, index, source, target, both);
  }
  return *work <= MAX_WORK;
}

void
dmc_policy_check_never (DmcPolicyReader *self, const GArray *nevers)
{
  guint work = 0;

  for (guint i = 0; i < nevers->len; i++) {
    if (!check_one (self, &g_array_index (nevers, DmcPolicyRule, i), i, &work)) {
      dmc_policy_reader_error (self,
                               "There are more rules than can be compared with “neverallow”.");
      return;
    }
  }
}

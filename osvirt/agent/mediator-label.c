/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/mediator-private.h"

#include "policy-doc/contexts.h"
#include "rpc/json.h"

#define PLACE_NONE  'n'
#define PLACE_READ  'r'
#define PLACE_WRITE 'w'

void
mediator_place_free (gpointer element)
{
  Place *place = element;

  g_free (place->path);
  g_free (place->label);
  g_free (place);
}

gboolean
mediator_request (DmcPolicyState *state, const char *subject, const char *object, const char *class_name,
                  const char *permission, struct pol_request *request)
{
  g_autoptr (JsonObject) access = dmc_json_object ("subject:s", subject, "object:s", object, "class:s", class_name,
                                                   "permission:s", permission, NULL);

  return dmc_policy_state_resolve (state, access, "", request, NULL);
}

gboolean
mediator_would_allow (DmcPolicyState *state, const char *subject, const char *object, const char *class_name,
                      const char *permission, gboolean *decides)
{
  const struct pol_engine *engine = dmc_policy_state_get_engine (state);
  struct pol_explanation explanation;
  struct pol_request request;

  if (decides != NULL)
    *decides = FALSE;
  if (!mediator_request (state, subject, object, class_name, permission, &request))
    return FALSE;
  pol_explain (engine, &request, &explanation);
  for (guint i = 0; decides != NULL && i < POL_N_MODELS; i++)
    if ((explanation.active & POL_BIT (i)) != 0
        && (explanation.verdicts[i].reason == POL_REASON_CW_FIRST || explanation.verdicts[i].reason == POL_REASON_BIBA_LOWERS))
      *decides = TRUE;
  return explanation.allowed;
}

char
mediator_level (DmcPolicyState *state, const char *subject, const char *object)
{
  gboolean decides;

  if (!mediator_would_allow (state, subject, object, "file", "read", &decides) || decides
      || !mediator_would_allow (state, subject, object, "directory", "read", &decides) || decides)
    return PLACE_NONE;
  if (!mediator_would_allow (state, subject, object, "file", "write", &decides) || decides
      || !mediator_would_allow (state, subject, object, "directory", "write", &decides) || decides)
    return PLACE_READ;
  return PLACE_WRITE;
}

static gboolean
is_free (DmcPolicyState *state, const char *subject, const DmcPolicyAddresses *addresses)
{
  gboolean decides;

  return mediator_would_allow (state, subject, addresses->label, "network", "connect", &decides) && !decides
         && mediator_would_allow (state, subject, addresses->label, "network", "bind", &decides) && !decides
         && mediator_would_allow (state, subject, addresses->label, "network", "send", &decides) && !decides;
}

gboolean
mediator_asks_network (DmcPolicyState *state, const char *subject)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (dmc_policy_state_get_document (state));

  if (contexts == NULL || !contexts->asks_network)
    return FALSE;
  for (guint i = 0; i < contexts->network->len; i++) {
    const DmcPolicyAddresses *addresses = g_ptr_array_index (contexts->network, i);

    if (!is_free (state, subject, addresses))
      return TRUE;
    if (addresses->addresses == NULL && addresses->ports == NULL)
      return FALSE; /* it matches whatever was not matched before */
  }
  return TRUE;
}

gboolean
mediator_is_scoped (DmcPolicyState *state, const char *subject)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (dmc_policy_state_get_document (state));

  return contexts != NULL && contexts->processes != NULL
         && (!mediator_would_allow (state, subject, contexts->processes, "process", "signal", NULL)
             || !mediator_would_allow (state, subject, contexts->processes, "process", "ptrace", NULL));
}

static void
add_place (GPtrArray *places, const char *folder, const DmcPolicyPlace *from, char level)
{
  Place *place = g_new0 (Place, 1);

  place->path = g_strconcat (folder, from->path + (*folder != '\0' ? 1 : 0), NULL);
  place->label = g_strdup (from->label);
  place->level = level;
  g_ptr_array_add (places, place);
}

GPtrArray *
mediator_places (DmcPolicyState *state, const char *subject, const char *home)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (dmc_policy_state_get_document (state));
  GPtrArray *places = g_ptr_array_new_with_free_func (mediator_place_free);
  gboolean free_for_all = TRUE;

  for (guint i = 0; contexts != NULL && i < contexts->places->len; i++) {
    const DmcPolicyPlace *from = g_ptr_array_index (contexts->places, i);
    char level = mediator_level (state, subject, from->label);
    gboolean decides;

    mediator_would_allow (state, subject, from->label, "file", "read", &decides);
    free_for_all = free_for_all && level == PLACE_WRITE && !decides;
    if (from->path[0] != '~')
      add_place (places, "", from, level);
    else {
      add_place (places, home, from, level);
      add_place (places, "/root", from, level); /* the same folder */
    }
  }
  if (free_for_all)
    g_ptr_array_set_size (places, 0);
  return places;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/names.h"

struct _DmcPolicyNames {
  GPtrArray *names; /* owns them */
  GHashTable *ids;  /* name to id */
};

DmcPolicyNames *
dmc_policy_names_new (void)
{
  DmcPolicyNames *self = g_new0 (DmcPolicyNames, 1);

  self->names = g_ptr_array_new_with_free_func (g_free);
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
dmc_policy_names_free (DmcPolicyNames *self)
{
  g_hash_table_unref (self->ids);
  g_ptr_array_unref (self->names);
  g_free (self);
}

int
dmc_policy_names_add (DmcPolicyNames *self, const char *name)
{
  char *copy;

  if (g_hash_table_contains (self->ids, name))
    return -1;
  copy = g_strdup (name);
  g_ptr_array_add (self->names, copy);
  g_hash_table_insert (self->ids, copy, GUINT_TO_POINTER (self->names->len - 1));
  return (int)self->names->len - 1;
}

int
dmc_policy_names_find (const DmcPolicyNames *self, const char *name)
{
  gpointer id;

  if (!g_hash_table_lookup_extended (self->ids, name, NULL, &id))
    return -1;
  return GPOINTER_TO_INT (id);
}

const char *
dmc_policy_names_get (const DmcPolicyNames *self, guint id)
{
  return g_ptr_array_index (self->names, id);
}

guint
dmc_policy_names_count (const DmcPolicyNames *self)
{
  return self->names->len;
}

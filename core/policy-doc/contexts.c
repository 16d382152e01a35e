/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/contexts.h"

#include <string.h>

static void
place_free (DmcPolicyPlace *place)
{
  g_free (place->path);
  g_free (place->label);
  g_free (place);
}

static void
addresses_free (DmcPolicyAddresses *addresses)
{
  g_clear_object (&addresses->addresses);
  g_clear_pointer (&addresses->ports, g_array_unref);
  g_free (addresses->label);
  g_free (addresses);
}

static void
volume_free (DmcPolicyVolume *volume)
{
  g_free (volume->kind);
  g_free (volume->path);
  g_free (volume->label);
  g_free (volume);
}

DmcPolicyContexts *
dmc_policy_contexts_new (void)
{
  DmcPolicyContexts *self = g_new0 (DmcPolicyContexts, 1);

  self->apps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->may_bring = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  self->network = g_ptr_array_new_with_free_func ((GDestroyNotify) addresses_free);
  self->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_free);
  return self;
}

void
dmc_policy_contexts_free (DmcPolicyContexts *self)
{
  g_hash_table_unref (self->apps);
  g_hash_table_unref (self->may_bring);
  g_ptr_array_unref (self->places);
  g_ptr_array_unref (self->network);
  g_ptr_array_unref (self->volumes);
  g_free (self->processes);
  g_free (self);
}

const char *
dmc_policy_contexts_find_app (const DmcPolicyContexts *self, const char *app, const char *own)
{
  const char *label = self != NULL && app != NULL ? g_hash_table_lookup (self->apps, app) : NULL;

  if (label == NULL)
    label = own;
  return label != NULL || self == NULL ? label : g_hash_table_lookup (self->apps, "*");
}

const char *
dmc_policy_contexts_find_address (const DmcPolicyContexts *self, GInetAddress *address, guint16 port)
{
  for (guint i = 0; i < self->network->len; i++) {
    const DmcPolicyAddresses *one = g_ptr_array_index (self->network, i);
    gboolean matches = one->ports == NULL;

    for (guint k = 0; !matches && k < one->ports->len; k++)
      matches = g_array_index (one->ports, guint16, k) == port;
    if (matches && (one->addresses == NULL || g_inet_address_mask_matches (one->addresses, address)))
      return one->label;
  }
  return NULL;
}

static gboolean
lies_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return path != NULL && strncmp (path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

const char *
dmc_policy_contexts_find_volume (const DmcPolicyContexts *self, const char *path, const char *kind)
{
  for (guint i = 0; i < self->volumes->len; i++) {
    const DmcPolicyVolume *one = g_ptr_array_index (self->volumes, i);

    if ((one->kind == NULL || g_strcmp0 (one->kind, kind) == 0) && (one->path == NULL || lies_below (path, one->path)))
      return one->label;
  }
  return NULL;
}

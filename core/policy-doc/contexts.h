/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which label a thing of a workspace has that carries none itself: apps, directories, addresses. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DMC_POLICY_MAX_PLACES 14

/* A directory, with all below it. */
typedef struct {
  char *path;  /* absolute, or below the home folder as "~/…" */
  char *label; /* of an object */
} DmcPolicyPlace;

typedef struct {
  GInetAddressMask *addresses; /* NULL: all */
  GArray *ports;               /* of guint16; NULL: all */
  char *label;                 /* of an object */
} DmcPolicyAddresses;

typedef struct {
  char *kind;  /* NULL: all */
  char *path;  /* of a folder that it is below; NULL: all */
  char *label; /* of an object */
} DmcPolicyVolume;

typedef struct {
  GHashTable *apps;      /* app id, or "*" for the others → label of a subject */
  GHashTable *may_bring; /* labels of subjects that an app may bring itself, as a set */
  GPtrArray *places;     /* DmcPolicyPlace, by rising path; none within another */
  gboolean asks_network; /* FALSE: connections are not asked about */
  GPtrArray *network;    /* DmcPolicyAddresses; the first that matches counts */
  GPtrArray *volumes;    /* DmcPolicyVolume; the first that matches counts */
  char *processes;       /* label of other labels' processes; NULL: not asked about */
} DmcPolicyContexts;

DmcPolicyContexts *dmc_policy_contexts_new (void);
void dmc_policy_contexts_free (DmcPolicyContexts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcPolicyContexts, dmc_policy_contexts_free)

/**
 * dmc_policy_contexts_find_app:
 * @self: (nullable): the contexts
 * @app: (nullable): an app's id; %NULL for a bare command
 * @own: (nullable): the label that it has of its own
 *
 * What names the app counts first, then what it has of its own, then what is said of all.
 *
 * Returns: (transfer none) (nullable): the subject label
 */
const char *dmc_policy_contexts_find_app (const DmcPolicyContexts *self, const char *app, const char *own);

/* The object label of an address: (transfer none) (nullable) */
const char *dmc_policy_contexts_find_address (const DmcPolicyContexts *self, GInetAddress *address, guint16 port);

/* The object label of a volume; what is not known is NULL: (transfer none) (nullable) */
const char *dmc_policy_contexts_find_volume (const DmcPolicyContexts *self, const char *path, const char *kind);

G_END_DECLS

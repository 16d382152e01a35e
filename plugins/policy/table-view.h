/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"
#include "policy-draft.h"

G_BEGIN_DECLS

#define DMC_POLICY_MAX_COLUMNS 5

/* One row of a table of things that a document says: what is shown of it, and which of the document's it is. */
typedef struct {
  const char *texts[DMC_POLICY_MAX_COLUMNS];
  int kind;         /* what the table's own kinds are */
  int parent;       /* index of the element that it is in, where a kind has such */
  int index;        /* among its own */
  const char *name; /* (nullable) */
  guint uses;       /* in so many places; what is used is not removed */
} DmcPolicyRow;

typedef struct _DmcPolicyTable DmcPolicyTable;

/* What a table shows and what can be done with it. */
typedef struct {
  const char *name, *find, *to_add, *to_change, *to_remove; /* to be translated */
  struct {
    const char *title; /* to be translated; NULL: there are no more */
    gboolean wide;
  } columns[DMC_POLICY_MAX_COLUMNS];
  /* Adds a row for each thing that @policy says, by dmc_policy_table_add(). */
  void (*fill) (DmcPolicyTable *table, JsonObject *policy);
  /* Lets the user change what @row is, or make one more of that kind where @is_new; @row is NULL where none is chosen. */
  void (*edit) (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new);
  /* Takes @row out of @policy. Returns: whether it was there */
  gboolean (*remove) (JsonObject *policy, const DmcPolicyRow *row);
  /* (nullable): moves @row by one place up (-1) or down (1). Returns: whether it could be */
  gboolean (*move) (JsonObject *policy, const DmcPolicyRow *row, int by);
} DmcPolicyTableClass;

/**
 * dmc_policy_table_new:
 * @host: (transfer none): where windows belong
 * @draft: (transfer none): what is shown and changed
 * @klass: static
 *
 * Returns: (transfer floating): a table with what it needs to find, add, change and remove rows
 */
GtkWidget *dmc_policy_table_new (DmcHost *host, DmcPolicyDraft *draft, const DmcPolicyTableClass *klass);

/* Appends a row; everything in it is copied. */
void dmc_policy_table_add (DmcPolicyTable *table, const DmcPolicyRow *row);

G_END_DECLS

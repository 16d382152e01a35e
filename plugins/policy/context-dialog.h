/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/* What has a label by the document, that has none itself. */
typedef enum {
  DMC_CONTEXT_APP,
  DMC_CONTEXT_BRING,
  DMC_CONTEXT_DIRECTORY,
  DMC_CONTEXT_NETWORK,
  DMC_CONTEXT_VOLUME,
  DMC_CONTEXT_PROCESSES,
  DMC_N_CONTEXTS,
} DmcContextKind;

/* What @kind is, to be translated. */
const char *dmc_context_kind_title (DmcContextKind kind);
/* The array of what is of @kind: (transfer none) (nullable) */
JsonArray *dmc_context_array (JsonObject *policy, DmcContextKind kind);
/* The ports of an address as "80, 443"; NULL where it is about all: (transfer full) (nullable) */
char *dmc_context_ports_text (JsonObject *entry);

/* A window in which something gets a label. @row: (nullable) */
void dmc_context_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new);

G_END_DECLS

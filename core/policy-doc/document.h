/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "policy-doc/contexts.h"
#include "policy-doc/names.h"
#include "policy-doc/problem.h"
#include "policy/image.h"

G_BEGIN_DECLS

/* A policy document that was checked and compiled. It never changes. */
typedef struct _DmcPolicyDocument DmcPolicyDocument;

/**
 * dmc_policy_document_new:
 * @node: any JSON value
 * @problems: what is wrong with it is added here
 *
 * Reads and compiles a policy document.
 *
 * Returns: (transfer full) (nullable): the document, or %NULL where @problems have got an error
 */
DmcPolicyDocument *dmc_policy_document_new (JsonNode *node, GPtrArray *problems);
DmcPolicyDocument *dmc_policy_document_ref (DmcPolicyDocument *self);
void dmc_policy_document_unref (DmcPolicyDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcPolicyDocument, dmc_policy_document_unref)

/* The JSON value as it was given: (transfer none) */
JsonNode *dmc_policy_document_get_node (const DmcPolicyDocument *self);
/* SHA-256 of the canonical JSON text, in hexadecimal */
const char *dmc_policy_document_get_sha256 (const DmcPolicyDocument *self);
gboolean dmc_policy_document_get_enforcing (const DmcPolicyDocument *self);
const struct pol_image *dmc_policy_document_get_image (const DmcPolicyDocument *self);
const DmcPolicyNames *dmc_policy_document_get_subjects (const DmcPolicyDocument *self);
const DmcPolicyNames *dmc_policy_document_get_objects (const DmcPolicyDocument *self);
/* What a host meters for a subject; POL_UNLIMITED: not limited. */
typedef struct {
  guint32 memory_kib, cpu_percent, energy_mw, processes;
} DmcPolicyBudget;

/* Whether the guard limits @subject in any of these. */
gboolean dmc_policy_document_get_budget (const DmcPolicyDocument *self, const char *subject, DmcPolicyBudget *budget);
/* (nullable): NULL where apps have no labels */
const DmcPolicyContexts *dmc_policy_document_get_contexts (const DmcPolicyDocument *self);
/* The name of a subject label's type, by which the hypervisor knows it; "" where it has none */
const char *dmc_policy_document_get_subject_type (const DmcPolicyDocument *self, guint subject);

/**
 * dmc_policy_format_text:
 * @node: any JSON value
 *
 * Lays a document out for people: indented, what is short on one line.
 *
 * Returns: (transfer full): the text
 */
char *dmc_policy_format_text (JsonNode *node);

/* Classes and permissions by name; -1 where there is none. */
int dmc_policy_class_find (const char *name);
int dmc_policy_permission_find (guint cls, const char *name);

G_END_DECLS

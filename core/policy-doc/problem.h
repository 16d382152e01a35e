/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Something about a policy document that its author should know. */
typedef struct {
  char *path;    /* where: members and indices, as `te.allow[0].class`; "" is the document itself */
  char *message; /* one sentence */
  gboolean is_error; /* otherwise a warning: the document can be loaded all the same */
} DmcPolicyProblem;

/* After so many the rest are only counted. */
#define DMC_POLICY_MAX_PROBLEMS 200

/* (transfer full): an array of DmcPolicyProblem that owns them */
GPtrArray *dmc_policy_problems_new (void);

/**
 * dmc_policy_problems_add:
 * @problems: what was found until now
 * @is_error: whether the document cannot be used
 * @path: where
 * @message: (transfer full): what is wrong
 */
void
dmc_policy_problems_add (GPtrArray *problems, gboolean is_error, const char *path, char *message);

gboolean dmc_policy_problems_have_error (GPtrArray *problems);

/* The first error as "PATH: MESSAGE" for a sentence: (transfer full) (nullable) */
char *dmc_policy_problems_summary (GPtrArray *problems);

/* As in policy.validate, an array of {path, message, severity}: (transfer full) */
JsonNode *dmc_policy_problems_to_json (GPtrArray *problems);

G_END_DECLS

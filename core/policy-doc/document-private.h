/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of the document's members share. */
#pragma once

#include "policy-doc/contexts.h"
#include "policy-doc/document.h"

G_BEGIN_DECLS

/* A rule as it was written; the type sets are arrays of guint16. */
typedef struct {
  GArray *sources;
  GArray *targets;
  guint cls;
  guint32 permissions;
} DmcPolicyRule;

void dmc_policy_rule_clear (DmcPolicyRule *rule);

struct _DmcPolicyDocument {
  gatomicrefcount ref_count;
  JsonNode *node;
  char *sha256;

  guint32 models; /* a bit for each active one */
  gboolean enforcing;
  gboolean low_water_mark;

  DmcPolicyNames *types;
  DmcPolicyNames *levels;
  DmcPolicyNames *categories;
  DmcPolicyNames *integrity;
  DmcPolicyNames *datasets;
  DmcPolicyNames *subjects;
  DmcPolicyNames *objects;
  GArray *rules;               /* DmcPolicyRule, in the document's order */
  GArray *subject_labels;      /* struct pol_subject */
  GArray *object_labels;       /* struct pol_object */
  GPtrArray *conflict_classes; /* GArray of guint16, the datasets of each */

  GArray *process_budgets;     /* guint32 by subject; empty without the guard */
  DmcPolicyContexts *contexts; /* NULL: apps of a workspace have no labels */

  gpointer memory; /* the compiled image */
  struct pol_image image;
};

/* A walk over a document. */
typedef struct {
  DmcPolicyDocument *document; /* being filled in */
  GPtrArray *problems;
  GString *path; /* of the value at hand */
} DmcPolicyReader;

/* Go to a member or element; the result is what dmc_policy_reader_leave() takes to come back. */
gsize dmc_policy_reader_enter_member (DmcPolicyReader *self, const char *member);
gsize dmc_policy_reader_enter_element (DmcPolicyReader *self, guint index);
void dmc_policy_reader_leave (DmcPolicyReader *self, gsize where);

/* Tell of a problem with the value at hand. */
void dmc_policy_reader_error (DmcPolicyReader *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void dmc_policy_reader_warning (DmcPolicyReader *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* The value at hand as a type; NULL (or FALSE) with a problem told where it is another. */
JsonObject *dmc_policy_reader_object (DmcPolicyReader *self, JsonNode *node);
JsonArray *dmc_policy_reader_array (DmcPolicyReader *self, JsonNode *node);
const char *dmc_policy_reader_string (DmcPolicyReader *self, JsonNode *node);
/* Also refuses what cannot be a name: empty, too long, with control characters. */
const char *dmc_policy_reader_name (DmcPolicyReader *self, JsonNode *node);

/* Complains about every member of @object that is not in @known (NULL-terminated). */
void dmc_policy_reader_check_members (DmcPolicyReader *self,
                                      JsonObject *object,
                                      const char *const *known);

/**
 * dmc_policy_reader_declare:
 * @object: the object with the member
 * @member: a member that holds an array of names; may be missing
 * @names: where they are added
 * @what: what one of them is, for messages
 * @max: how many there may be
 *
 * Reads a list of names.
 */
void dmc_policy_reader_declare (DmcPolicyReader *self,
                                JsonObject *object,
                                const char *member,
                                DmcPolicyNames *names,
                                const char *what,
                                guint max);

/* The id of the name at hand among @names, or -1 with a problem told. */
int dmc_policy_reader_find (DmcPolicyReader *self,
                            JsonNode *node,
                            const DmcPolicyNames *names,
                            const char *what);

/* One for each member of the document; they are called in this order. */
void dmc_policy_read_te (DmcPolicyReader *self, JsonObject *te);
void dmc_policy_read_blp (DmcPolicyReader *self, JsonObject *blp);
void dmc_policy_read_biba (DmcPolicyReader *self, JsonObject *biba);
void dmc_policy_read_chinese_wall (DmcPolicyReader *self, JsonObject *wall);
void dmc_policy_read_labels (DmcPolicyReader *self, JsonObject *labels);
void dmc_policy_read_guard (DmcPolicyReader *self, JsonObject *guard);
void dmc_policy_read_contexts (DmcPolicyReader *self, JsonObject *contexts);

/* Complains about every rule of the document that allows what one of @nevers (DmcPolicyRule) names.
 */
void dmc_policy_check_never (DmcPolicyReader *self, const GArray *nevers);

/* Makes the image of a document without errors. */
void dmc_policy_compile (DmcPolicyReader *self);

/* The canonical text of a JSON value: sorted members, no white space. (transfer full) */
char *dmc_policy_canonical_text (JsonNode *node);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the mediator share. */
#pragma once

#include "agent/mediator.h"

G_BEGIN_DECLS

/* A labelled directory as one program sees it. */
typedef struct {
  char *path;  /* inside */
  char *label; /* object */
  char level;  /* 'n', 'r' or 'w' */
} Place;

/* A program that was started, and what it started. */
typedef struct {
  guint id;
  int pid;           /* in the workspace; 0 until it runs */
  char *app;         /* NULL: a bare command */
  char *own;         /* the label that the app has of its own; NULL */
  char *subject;
  GPtrArray *places; /* Place; empty where it may use all of them, whatever happens */
  gboolean asks_network, scoped;
  char *group;       /* of the guard; NULL without a budget */
} Program;

struct _AgentMediator {
  GObject parent_instance;

  DmcPolicyService *policy;
  AgentGuard *guard;
  DmcView *view;      /* NULL once it is gone */
  DmcPolicyState *state;
  char *workspace;
  char *home;         /* inside */
  int vault;
  GHashTable *labels; /* key of an app's record → the label that it has of its own */
  JsonNode *history;  /* as saved last */
  GHashTable *programs; /* id → Program */
  guint last_id;

  GQueue questions;
  gboolean answering;
  guint n_shut;       /* connections that were denied while a policy is enforced anew */
  GHashTable *denials; /* what was denied just now → when, so that a loop does not fill the audit trail */
};

/* --- mediator-label.c: what a label means --- */

/* An access by name as a request to the engine; FALSE where the policy does not know a name. */
gboolean mediator_request (DmcPolicyState *state, const char *subject, const char *object, const char *class_name,
                           const char *permission, struct pol_request *request);

/* Whether it would be allowed now. @decides: (out) (optional): and would be remembered, so that it must be asked when
 * it happens */
gboolean mediator_would_allow (DmcPolicyState *state, const char *subject, const char *object, const char *class_name,
                               const char *permission, gboolean *decides);

void mediator_place_free (gpointer place);

/* How much of a labelled directory @subject sees without being asked. */
char mediator_level (DmcPolicyState *state, const char *subject, const char *object);

/* Whether connections of @subject have to be asked about. */
gboolean mediator_asks_network (DmcPolicyState *state, const char *subject);
gboolean mediator_is_scoped (DmcPolicyState *state, const char *subject);

/* The labelled directories as @subject sees them, in a view whose home folder is @home: (transfer full) (element-type Place);
 * empty where it sees them all */
GPtrArray *mediator_places (DmcPolicyState *state, const char *subject, const char *home);

/* --- mediator-history.c --- */
gboolean mediator_history_load (AgentMediator *self, GError **error);
/* Writes it to the vault, whole or not at all, before whatever made it is allowed. */
void     mediator_history_save_async (AgentMediator *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean mediator_history_save_finish (AgentMediator *self, GAsyncResult *result, GError **error);

/* --- mediator-places.c: changing what programs see --- */

/* Makes the levels of the places of every program of @subject what they are now: first those that lose, then @wanted of
 * @program. Fails with DMC_ERROR_STATE where files are in use that must be let go. @subject NULL: of all programs, and what
 * cannot be taken back ends the program; the task returns how much was taken back. */
void   mediator_apply_async (AgentMediator *self, const char *subject, guint program, guint wanted, char level,
                             GAsyncReadyCallback callback, gpointer user_data);
gssize mediator_apply_finish (AgentMediator *self, GAsyncResult *result, GError **error);

/* --- mediator.c --- */
/* Makes the control group of a program, if its label has a budget. */
void mediator_open_group (AgentMediator *self, Program *program, AgentConfinement *confinement, GStrvBuilder *rules);
void mediator_end (AgentMediator *self, Program *program);
void mediator_audit (AgentMediator *self, const Program *program, const char *object, const char *class_name,
                     const char *permission, const char *target, gboolean allowed, const char *model, const char *reason);

G_END_DECLS

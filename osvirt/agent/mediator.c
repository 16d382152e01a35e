/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/mediator-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "agent/app-labels.h"
#include "launcher/view-suspend.h"
#include "launcher/wire.h"
#include "policy-doc/contexts.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* A program that tries the same again and again is one record in this time. */
#define SAME_DENIAL_US (G_USEC_PER_SEC)
#define MAX_DENIALS    1024
#define MAX_QUESTIONS  512

typedef struct {
  AgentMediator *mediator;
  guint serial, program;
  enum asked kind;
  guint place;
  char *text;
  const char *label; /* of the object; owned by the policy or the program */
  const char *class_name, *permission;
} Question;

G_DEFINE_FINAL_TYPE (AgentMediator, agent_mediator, G_TYPE_OBJECT)

static void next_question (AgentMediator *self);

static void
program_free (Program *program)
{
  g_free (program->app);
  g_free (program->own);
  g_free (program->subject);
  g_free (program->group);
  g_ptr_array_unref (program->places);
  g_free (program);
}

static void
question_free (Question *question)
{
  g_free (question->text);
  g_free (question);
}

static void close_group (AgentMediator *self, const Program *program);

static void
forget_view (AgentMediator *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->view == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    close_group (self, value);
    g_hash_table_iter_remove (&iter);
  }
  close (self->vault); /* which is to be closed, too */
  self->vault = -1;
}

static void
agent_mediator_finalize (GObject *object)
{
  AgentMediator *self = AGENT_MEDIATOR (object);

  forget_view (self);
  g_queue_clear_full (&self->questions, (GDestroyNotify) question_free);
  g_clear_pointer (&self->programs, g_hash_table_unref);
  g_clear_pointer (&self->labels, g_hash_table_unref);
  g_clear_pointer (&self->denials, g_hash_table_unref);
  g_clear_pointer (&self->state, dmc_policy_state_free);
  g_clear_pointer (&self->history, json_node_unref);
  g_clear_object (&self->policy);
  g_free (self->workspace);
  g_free (self->home);
  if (self->vault >= 0)
    close (self->vault);
  G_OBJECT_CLASS (agent_mediator_parent_class)->finalize (object);
}

static void
agent_mediator_class_init (AgentMediatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_mediator_finalize;
}

static void
agent_mediator_init (AgentMediator *self)
{
  self->vault = -1;
  self->programs = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) program_free);
  self->denials = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_queue_init (&self->questions);
}

/* --- the audit trail --- */

static gboolean
is_repeated (AgentMediator *self, const char *key)
{
  gint64 now = g_get_monotonic_time (), *last = g_hash_table_lookup (self->denials, key);

  if (last != NULL && now - *last < SAME_DENIAL_US)
    return TRUE;
  if (g_hash_table_size (self->denials) >= MAX_DENIALS)
    g_hash_table_remove_all (self->denials);
  g_hash_table_replace (self->denials, g_strdup (key), g_memdup2 (&now, sizeof now));
  return FALSE;
}

void
mediator_audit (AgentMediator *self, const Program *program, const char *object, const char *class_name,
                const char *permission, const char *target, gboolean allowed, const char *model, const char *reason)
{
  g_autofree char *key = g_strdup_printf ("%u %s %s %s", program->id, permission, object, target);
  g_autoptr (JsonObject) access = NULL;

  if (is_repeated (self, key))
    return;
  access = dmc_json_object ("subject:s", program->subject, "object:s", object, "class:s", class_name, "permission:s", permission,
                            "workspace:s", self->workspace, "app:s", program->app, "target:s", target, "pid:i",
                            (gint64) program->pid, NULL);
  dmc_policy_service_record (self->policy, access, allowed, model, reason);
}

static void
audit_denial (AgentMediator *self, const Program *program, const Question *question)
{
  const char *object = question->label != NULL ? question->label : "unlabelled", *model = "engine";
  const char *reason = question->label != NULL ? "no model is active" : "no context of the policy has this address";
  g_autoptr (JsonArray) models = NULL;
  struct pol_request request;

  if (question->label != NULL
      && mediator_request (self->state, program->subject, question->label, question->class_name, question->permission, &request))
    models = dmc_policy_state_explain (self->state, &request);
  for (guint i = 0; models != NULL && i < json_array_get_length (models); i++) {
    JsonObject *one = json_array_get_object_element (models, i);

    if (json_object_get_boolean_member (one, "allowed"))
      continue;
    model = dmc_json_get_string (one, "model", model);
    reason = dmc_json_get_string (one, "reason", reason);
    break;
  }
  mediator_audit (self, program, object, question->class_name, question->permission, question->text, FALSE, model, reason);
}

/* --- questions --- */

static void
answer (Question *question, int error_number)
{
  g_autoptr (AgentMediator) self = question->mediator;

  if (self->view != NULL)
    dmc_view_answer (self->view, question->serial, error_number);
  question_free (question);
  self->answering = FALSE;
  next_question (self);
}

static void
on_applied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AgentMediator *self = AGENT_MEDIATOR (source);
  Question *question = user_data;
  Program *program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (question->program));
  g_autoptr (GError) error = NULL;

  if (mediator_apply_finish (self, result, &error) >= 0) {
    answer (question, 0);
    return;
  }
  if (program != NULL)
    mediator_audit (self, program, question->label, question->class_name, question->permission, question->text, FALSE, "engine",
                    "files that this would close to the app are still in use");
  answer (question, EBUSY);
}

/* What it now may see, and what it no longer may. */
static void
carry_out (Question *question)
{
  AgentMediator *self = question->mediator;
  Program *program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (question->program));
  gboolean file = question->kind == ASKED_READ || question->kind == ASKED_WRITE;
  char level = 'w';

  if (program == NULL) {
    answer (question, ESRCH);
    return;
  }
  if (file && dmc_policy_document_get_enforcing (dmc_policy_state_get_document (self->state)))
    level = mediator_level (self->state, program->subject, question->label);
  mediator_apply_async (self, program->subject, question->program, file ? question->place : G_MAXUINT, level, on_applied, question);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AgentMediator *self = AGENT_MEDIATOR (source);
  Question *question = user_data;
  g_autoptr (GError) error = NULL;

  if (mediator_history_save_finish (self, result, &error)) {
    dmc_policy_service_learn (self->policy, self->state);
    carry_out (question);
    return;
  }
  g_warning ("%s", error->message);
  answer (question, EIO); /* what is not recorded does not happen */
}

/* "ADDRESS PORT" of pid 1 to the label that it has, and to the way that people write it. */
static const char *
label_of_address (AgentMediator *self, Question *question)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (dmc_policy_state_get_document (self->state));
  g_auto (GStrv) parts = g_strsplit (question->text, " ", 2);
  g_autoptr (GInetAddress) address = parts[0] != NULL ? g_inet_address_new_from_string (parts[0]) : NULL;
  guint16 port = parts[0] != NULL && parts[1] != NULL ? (guint16) g_ascii_strtoull (parts[1], NULL, 10) : 0;

  if (address == NULL)
    return NULL;
  g_free (question->text);
  question->text = g_strdup_printf (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? "[%s]:%u" : "%s:%u", parts[0], port);
  return contexts != NULL ? dmc_policy_contexts_find_address (contexts, address, port) : NULL;
}

static void
classify (AgentMediator *self, const Program *program, Question *question)
{
  const Place *place = question->place < program->places->len ? g_ptr_array_index (program->places, question->place) : NULL;
  gboolean file = question->kind == ASKED_READ || question->kind == ASKED_WRITE;

  question->class_name = file ? "file" : "network";
  question->permission = question->kind == ASKED_READ    ? "read"
                         : question->kind == ASKED_WRITE ? "write"
                         : question->kind == ASKED_BIND  ? "bind"
                                                         : "connect";
  question->label = !file ? label_of_address (self, question) : place != NULL ? place->label : NULL;
}

/* Decides and remembers; a directory that is shown for writing can be read, too. @remembers: whether something new was
 * remembered */
static gboolean
decide (AgentMediator *self, const Program *program, const Question *question, gboolean *remembers)
{
  struct pol_engine *engine = dmc_policy_state_get_engine (self->state);
  struct pol_request first, second;
  gboolean decides;

  *remembers = FALSE;
  if (question->label == NULL
      || !mediator_request (self->state, program->subject, question->label, question->class_name, question->permission, &first))
    return FALSE;
  mediator_would_allow (self->state, program->subject, question->label, question->class_name, question->permission, &decides);
  *remembers = decides;
  if (question->kind != ASKED_WRITE)
    return pol_enforce (engine, &first);
  if (!mediator_request (self->state, program->subject, question->label, "file", "read", &second)
      || !mediator_would_allow (self->state, program->subject, question->label, "file", "read", &decides)
      || !pol_query (engine, &first, NULL))
    return FALSE;
  *remembers = *remembers || decides;
  return pol_enforce (engine, &second) && pol_enforce (engine, &first);
}

/* One that is connected already is only looked at: nothing waits for the answer. */
static void
answer_connection (AgentMediator *self, const Program *program, Question *question)
{
  gboolean allowed = question->label != NULL
                     && mediator_would_allow (self->state, program->subject, question->label, "network", "connect", NULL);

  if (!allowed) {
    audit_denial (self, program, question);
    allowed = !dmc_policy_document_get_enforcing (dmc_policy_state_get_document (self->state));
  }
  self->n_shut += allowed ? 0 : 1;
  dmc_view_answer (self->view, question->serial, allowed ? 0 : EACCES);
}

static void
next_question (AgentMediator *self)
{
  Question *question;
  Program *program;
  gboolean remembers, allowed;

  if (self->answering || (question = g_queue_pop_head (&self->questions)) == NULL)
    return;
  self->answering = TRUE;
  g_object_ref (self); /* answer() gives it back */
  program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (question->program));
  if (program == NULL) {
    answer (question, ESRCH);
    return;
  }
  classify (self, program, question);
  allowed = decide (self, program, question, &remembers);
  if (!allowed) {
    audit_denial (self, program, question);
    if (dmc_policy_document_get_enforcing (dmc_policy_state_get_document (self->state))) {
      answer (question, EACCES);
      return;
    }
  }
  if (allowed && remembers)
    mediator_history_save_async (self, on_saved, question);
  else
    carry_out (question);
}

static void
on_asked (AgentMediator *self, guint serial, guint id, int kind, guint place, const char *text)
{
  Question *question = g_new0 (Question, 1);
  Program *program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (id));

  *question = (Question){ .mediator = self, .serial = serial, .program = id, .kind = (enum asked) kind, .place = place,
                          .text = g_strdup (text) };
  if (kind == ASKED_CONNECTION && program != NULL) {
    classify (self, program, question);
    answer_connection (self, program, question);
    question_free (question);
  } else if (self->questions.length >= MAX_QUESTIONS) {
    dmc_view_answer (self->view, serial, EAGAIN);
    question_free (question);
  } else {
    g_queue_push_tail (&self->questions, question);
    next_question (self);
  }
}

/* --- programs --- */

/* Whether pid 1 knows its processes, and tells when the last of them has ended. */
static gboolean
is_tracked (const Program *program)
{
  return program->places->len > 0 || program->asks_network || program->scoped || program->group != NULL;
}

static void
close_group (AgentMediator *self, const Program *program)
{
  if (program->group != NULL)
    agent_guard_close (self->guard, program->group);
}

static void
on_label_ended (AgentMediator *self, guint id)
{
  Program *program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (id));

  if (program == NULL)
    return;
  close_group (self, program);
  g_hash_table_remove (self->programs, GUINT_TO_POINTER (id));
}

/* Of one that is not tracked nothing is told but the end of its first process. */
static void
on_exited (AgentMediator *self, int pid, int status)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Program *) value)->pid == pid && !is_tracked (value)) {
      close_group (self, value);
      g_hash_table_iter_remove (&iter);
    }
}

void
mediator_end (AgentMediator *self, Program *program)
{
  if (self->view == NULL)
    return;
  if (is_tracked (program))
    dmc_view_kill_label (self->view, program->id);
  else if (program->pid > 0)
    dmc_view_signal (self->view, program->pid, SIGKILL, NULL);
}

void
agent_confinement_clear (AgentConfinement *self)
{
  g_clear_pointer (&self->rules, g_strfreev);
  while (self->n_joins > 0)
    close (self->joins[--self->n_joins]);
}

/* What the program's budget adds to its rules. */
void
mediator_open_group (AgentMediator *self, Program *program, AgentConfinement *confinement, GStrvBuilder *rules)
{
  DmcPolicyBudget budget;

  if (!dmc_policy_document_get_budget (dmc_policy_state_get_document (self->state), program->subject, &budget))
    return;
  program->group = g_strdup_printf ("%.8s-%u", self->workspace, program->id);
  agent_guard_open (self->guard, program->group, &budget, confinement->joins, &confinement->n_joins, rules);
}

static void
add_rules (AgentMediator *self, const Program *program, GStrvBuilder *rules)
{
  g_autofree char *id = g_strdup_printf ("id:%u", program->id);
  g_auto (GStrv) env = dmc_view_get_environ (self->view);
  gboolean is_confined = program->places->len > 0 || program->asks_network || program->scoped;

  if (!is_tracked (program))
    return;
  g_strv_builder_add (rules, id);
  for (guint i = 0; i < program->places->len; i++) {
    const Place *place = g_ptr_array_index (program->places, i);
    g_autofree char *rule = g_strdup_printf ("place:%c:%s", place->level, place->path);

    g_strv_builder_add (rules, rule);
  }
  if (program->asks_network)
    g_strv_builder_add (rules, "net:ask");
  if (program->scoped)
    g_strv_builder_add (rules, "scope:signal");
  /* An X server of the host may listen there; but CRIU speaks to a program over such a socket, from inside of it. */
  if (is_confined && g_environ_getenv (env, "DISPLAY") == NULL && !dmc_view_is_suspendable (self->view))
    g_strv_builder_add (rules, "scope:abstract");
}

static const char *
choose_subject (AgentMediator *self, const char *app, const char *own, const char *wanted, GError **error)
{
  DmcPolicyDocument *document = dmc_policy_state_get_document (self->state);
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (document);
  const char *subject = wanted != NULL ? wanted : dmc_policy_contexts_find_app (contexts, app, own);

  if (subject == NULL)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED, "Name it, or “*”, in the policy's contexts.",
                                             "The policy does not say which label “%s” has.", app != NULL ? app : "a command"));
  else if (dmc_policy_names_find (dmc_policy_document_get_subjects (document), subject) < 0) {
    g_propagate_error (error, subject == own
                                  ? dmc_error_new (DMC_ERROR_NOT_FOUND, "Give the app another label in the policy's contexts.",
                                                   "“%s” was installed with the label “%s”, which the policy does not have.", app, own)
                                  : dmc_error_new (DMC_ERROR_NOT_FOUND, "The policy's subjects are the labels there are.",
                                                   "There is no label “%s” for apps.", subject));
    subject = NULL;
  }
  return subject;
}

/* Whether the policy is to give @app a label at all. */
static gboolean
has_label (AgentMediator *self, const char *app)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (dmc_policy_state_get_document (self->state));

  return contexts != NULL
         && (g_strcmp0 (app, AGENT_MEDIATOR_SESSION) != 0 || g_hash_table_contains (contexts->apps, AGENT_MEDIATOR_SESSION));
}

gboolean
agent_mediator_confine (AgentMediator *self, const char *app, const char *record, const char *subject,
                        AgentConfinement *confinement, GError **error)
{
  const char *own = record != NULL ? g_hash_table_lookup (self->labels, record) : NULL;
  g_autoptr (GStrvBuilder) rules = g_strv_builder_new ();
  Program *program;

  *confinement = (AgentConfinement){ 0 };
  if (subject == NULL && own == NULL && !has_label (self, app))
    return TRUE;
  subject = choose_subject (self, app, own, subject, error);
  if (subject == NULL)
    return FALSE;
  program = g_new0 (Program, 1);
  program->id = ++self->last_id;
  program->app = g_strdup (app);
  program->own = g_strdup (own);
  program->subject = g_strdup (subject);
  program->places = mediator_places (self->state, subject, self->home);
  program->asks_network = mediator_asks_network (self->state, subject);
  program->scoped = mediator_is_scoped (self->state, subject);
  g_hash_table_insert (self->programs, GUINT_TO_POINTER (program->id), program);
  confinement->id = program->id;
  confinement->subject = program->subject;
  mediator_open_group (self, program, confinement, rules);
  add_rules (self, program, rules);
  confinement->rules = g_strv_builder_end (rules);
  confinement->asks_network = program->asks_network;
  return TRUE;
}

void
agent_mediator_started (AgentMediator *self, guint id, int pid)
{
  Program *program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (id));

  if (program != NULL)
    program->pid = pid;
}

void
agent_mediator_failed (AgentMediator *self, guint id)
{
  on_label_ended (self, id);
}

const char *
agent_mediator_subject_for (AgentMediator *self, const char *app, const char *record)
{
  const char *own = record != NULL ? g_hash_table_lookup (self->labels, record) : NULL;

  if (own == NULL && !has_label (self, app))
    return NULL;
  return dmc_policy_contexts_find_app (dmc_policy_document_get_contexts (dmc_policy_state_get_document (self->state)), app, own);
}

gboolean
agent_mediator_may_cross (AgentMediator *self, gboolean out)
{
  DmcPolicyDocument *document = dmc_policy_state_get_document (self->state);
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (document);
  const char *subject = contexts != NULL ? dmc_policy_contexts_find_app (contexts, AGENT_MEDIATOR_SESSION, NULL) : NULL;

  return subject == NULL || dmc_policy_names_find (dmc_policy_document_get_objects (document), DMC_POLICY_OBJECT_CLIPBOARD) < 0
         || dmc_policy_service_check (self->policy, subject, DMC_POLICY_OBJECT_CLIPBOARD, "clipboard", out ? "write" : "read", NULL);
}

const char *
agent_mediator_get_own_label (AgentMediator *self, const char *record)
{
  return g_hash_table_lookup (self->labels, record);
}

void
agent_mediator_set_own_label (AgentMediator *self, const char *record, const char *label)
{
  if (label != NULL)
    g_hash_table_replace (self->labels, g_strdup (record), g_strdup (label));
  else
    g_hash_table_remove (self->labels, record);
}

const char *
agent_mediator_subject_of (AgentMediator *self, int pid)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Program *) value)->pid == pid)
      return ((Program *) value)->subject;
  return NULL;
}

static JsonObject *
usage_of (AgentMediator *self, const Program *program)
{
  JsonObject *usage = agent_guard_usage (self->guard, program->group);

  json_object_set_string_member (usage, "workspace", self->workspace);
  json_object_set_string_member (usage, "label", program->subject);
  json_object_set_int_member (usage, "pid", program->pid);
  if (program->app != NULL)
    json_object_set_string_member (usage, "app", program->app);
  return usage;
}

JsonArray *
agent_mediator_usage (AgentMediator *self)
{
  JsonArray *array = json_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Program *program = value;

    if (program->group != NULL && program->pid != 0)
      json_array_add_object_element (array, usage_of (self, program));
  }
  return array;
}

static void
take_wish (JsonObject *wish, const char *member, guint32 *budget)
{
  if (json_object_has_member (wish, member))
    *budget = (guint32) dmc_json_get_int (wish, member, POL_UNLIMITED);
}

JsonObject *
agent_mediator_set_budget (AgentMediator *self, gint64 pid, JsonObject *wish, GError **error)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Program *program = value;
    const DmcPolicyBudget *before = program->group != NULL ? agent_guard_get_budget (self->guard, program->group) : NULL;
    DmcPolicyBudget budget;

    if (program->pid != pid || before == NULL)
      continue;
    budget = *before;
    take_wish (wish, "memory", &budget.memory_kib);
    take_wish (wish, "cpu", &budget.cpu_percent);
    take_wish (wish, "processes", &budget.processes);
    agent_guard_set (self->guard, program->group, &budget);
    return usage_of (self, program);
  }
  g_set_error (error, DMC_ERROR, DMC_ERROR_NOT_FOUND,
               "No program with a budget has the number %" G_GINT64_FORMAT ". Only those have one whose label the policy limits.", pid);
  return NULL;
}

/* --- itself --- */

AgentMediator *
agent_mediator_new (DmcPolicyService *policy, AgentGuard *guard, DmcView *view, int vault, const char *workspace, GError **error)
{
  g_autoptr (AgentMediator) self = g_object_new (AGENT_TYPE_MEDIATOR, NULL);
  g_auto (GStrv) env = dmc_view_get_environ (view);

  self->policy = g_object_ref (policy);
  self->guard = guard;
  self->view = g_object_ref (view);
  self->vault = fcntl (vault, F_DUPFD_CLOEXEC, 3);
  self->workspace = g_strdup (workspace);
  self->home = g_strdup (g_environ_getenv (env, "HOME"));
  self->state = dmc_policy_state_new (dmc_policy_service_get_document (policy));
  self->labels = app_labels_load (self->vault, error);
  if (self->labels == NULL || !mediator_history_load (self, error))
    return NULL;
  dmc_policy_service_learn (policy, self->state);
  g_signal_connect_swapped (view, "asked", G_CALLBACK (on_asked), self);
  g_signal_connect_swapped (view, "label-ended", G_CALLBACK (on_label_ended), self);
  g_signal_connect_swapped (view, "exited", G_CALLBACK (on_exited), self);
  g_signal_connect_swapped (view, "gone", G_CALLBACK (forget_view), self);
  return g_steal_pointer (&self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the host's side begins and ends a transfer, and what comes between. */
#include <pv/stream.h>
#include <xen/errno.h>
#include "domain-methods.h"
#include "methods.h"
#include "state.h"
#include "stream.h"

#define ITEMS          256u
#define CONNECT_MAX_NS 5000000000ull

uint32_t state_frames[STATE_PAGES_MAX];

static enum { NOTHING, SAVING, RESTORING } doing;
/* The host's side connects before it begins, but that may be heard of later, as may the end of the
   connection before. */
static uint64_t connect_by_ns;

long
state_list_frames (uint32_t id, uint32_t pages)
{
  static struct pv_memory_item items[ITEMS];
  uint32_t first = 0, count;

  if (pages > STATE_PAGES_MAX) {
    return -XEN_E2BIG;
  }
  memset (state_frames, 0, pages * sizeof state_frames[0]);
  do {
    long error;

    count = ITEMS;
    error = port_memory_list (id, &first, items, &count);
    if (error != 0) {
      return error;
    }
    for (uint32_t i = 0; i < count; i++) {
      if (items[i].page < pages) {
        state_frames[items[i].page] = items[i].frame;
      }
    }
  } while (first != 0);
  return 0;
}

void
state_refocus (uint32_t id)
{
  struct domain domain;

  for (uint32_t from = 0; domain_next (from, &domain); from = domain.id + 1) {
    if ((domain.info.flags & PV_DOMAIN_FOCUS) != 0) {
      return;
    }
  }
  port_focus (id);
}

/* ---- ends ---- */

static void
give_up (void)
{
  if (doing == SAVING) {
    save_abort ();
  } else if (doing == RESTORING) {
    restore_abort ();
  }
  doing = NOTHING;
}

static void
finish_save (struct call *call, bool commit, bool hold)
{
  if ((commit || hold) && !save_is_complete ()) {
    call_fail (call, ERROR_STATE, "The domain has not been sent as a whole.");
    return;
  }
  if (hold) {
    save_hold ();
  } else if (commit) {
    save_commit ();
  } else {
    save_abort ();
  }
  doing = NOTHING;
  json_begin_object (call_result (call));
}

static void
finish_restore (struct call *call, bool commit)
{
  struct domain domain;
  uint32_t id;
  long error;

  if (!commit) {
    give_up ();
    json_begin_object (call_result (call));
    return;
  }
  if (!restore_is_complete ()) {
    call_fail (call, ERROR_STATE, "The domain is not complete.");
    return;
  }
  error = restore_commit (&id);
  doing = NOTHING;
  if (error != 0 || !domain_get (id, &domain)) {
    call_fail (call, ERROR_INTERNAL, "The restored domain could not be started.");
    return;
  }
  domain_write (call_result (call), &domain);
}

/* What was under way may have been so with the control domain before this one. */
static void
finish_earlier (struct call *call)
{
  struct domain domain;
  uint64_t id = 0;

  if (json_member (call->request, call->params, "id") != JSON_NONE
      && call_get_uint (call, "id", 1, UINT32_MAX, &id) && domain_get ((uint32_t)id, &domain)) {
    save_release (domain.id);
  }
  json_begin_object (call_result (call));
}

/* {"outcome": "commit" | "hold" | "abort", "id"?: N}: with an abort, the domain that is to go on */
void
method_state_finish (struct call *call)
{
  json_value outcome = json_member (call->request, call->params, "outcome");
  bool commit = json_equals (call->request, outcome, "commit");
  bool hold = json_equals (call->request, outcome, "hold");

  if (doing == SAVING) {
    finish_save (call, commit, hold);
  } else if (doing == RESTORING) {
    finish_restore (call, commit);
  } else if (commit || hold) {
    call_fail (call, ERROR_STATE, "No domain is being saved or restored.");
  } else {
    finish_earlier (call);
  }
}

/* ---- starting again ---- */

/* A domain that was being restored is found by nobody, but can be written to. */
static void
destroy_unfinished (void)
{
  for (uint32_t id = 1; id < DOMID_FIRST_RESERVED; id++) {
    struct pv_domctl operation = { .cmd = PV_DOMCTL_DESTROY, .domain = id };

    if (port_pages (PV_DOMCTL_PAGES_WRITE, id, NULL, NULL, 0) == 0) {
      port_domctl (&operation);
    }
  }
}

void
state_start_again (void)
{
  struct domain domain;

  destroy_unfinished ();
  for (uint32_t from = 1; domain_next (from, &domain); from = domain.id + 1) {
    long next = 0;

    do {
      next = port_log_dirty (domain.id, PV_LOG_DIRTY_OFF, (uint32_t)next, NULL, 0);
    } while (next > 0);
  }
}

/* ---- beginnings ---- */

static int
digit (char character)
{
  if (character >= '0' && character <= '9') {
    return character - '0';
  }
  return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static bool
get_nonce (struct call *call, uint8_t nonce[PV_STREAM_NONCE_SIZE])
{
  json_value value = json_member (call->request, call->params, "nonce");
  char text[2 * PV_STREAM_NONCE_SIZE + 1];
  size_t length = 0;

  if (!json_get_string (call->request, value, text, sizeof text, &length)) {
    length = 0;
  }
  for (size_t i = 0; i < PV_STREAM_NONCE_SIZE; i++) {
    int high = length == sizeof text - 1 ? digit (text[2 * i]) : -1;
    int low = high >= 0 ? digit (text[2 * i + 1]) : -1;

    if (low < 0) {
      call_fail_param (call, "nonce", "must be 32 hexadecimal digits");
      return false;
    }
    nonce[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

static bool
get_flag (struct call *call, const char *name)
{
  json_value value = json_member (call->request, call->params, name);
  size_t length;

  return value != JSON_NONE && json_source (call->request, value, &length)[0] == 't';
}

static bool
get_saveable (struct call *call, struct domain *domain)
{
  if (!call_get_guest (call, domain, "saved")) {
    return false;
  }
  if (domain_is_over (domain) || domain->info.state == PV_STATE_PAUSED) {
    call_fail_state (call, domain, "saved",
                     domain_is_over (domain)
                         ? "It has ended; there is nothing to go on with."
                         : "Resume it first: its kernel takes part in being saved.");
    return false;
  }
  return true;
}

static bool
begin_save (struct call *call)
{
  struct domain domain;

  if (!get_saveable (call, &domain)) {
    return false;
  }
  return save_begin (call, &domain, get_flag (call, "live"), get_flag (call, "keep"));
}

static bool
begin_restore (struct call *call)
{
  json_value value = json_member (call->request, call->params, "name");
  char name[PV_NAME_MAX] = "";

  if (value != JSON_NONE
      && (!json_get_string (call->request, value, name, sizeof name, NULL)
          || !domain_is_name (name))) {
    call_fail_param (call, "name", DOMAIN_NAME_RULE);
    return false;
  }
  restore_begin (name);
  return true;
}

/* {"nonce": TEXT, "kind": "save", "id": N, "live"?: BOOL, "keep"?: BOOL} or
   {"nonce": TEXT, "kind": "restore", "name"?: TEXT} or, to be told what is wrong and nothing else,
   {"check": true, "kind": "save", "id": N} */
void
method_state_begin (struct call *call)
{
  json_value kind = json_member (call->request, call->params, "kind");
  uint8_t nonce[PV_STREAM_NONCE_SIZE];
  bool saving = json_equals (call->request, kind, "save");

  if (!saving && !json_equals (call->request, kind, "restore")) {
    call_fail_param (call, "kind", "must be \"save\" or \"restore\"");
    return;
  }
  if (saving && get_flag (call, "check")) {
    struct domain domain;

    if (get_saveable (call, &domain)) {
      json_begin_object (call_result (call));
    }
    return;
  }
  if (!get_nonce (call, nonce)) {
    return;
  }
  give_up (); /* whoever began it is not there any more */
  stream_open (nonce);
  if (saving ? begin_save (call) : begin_restore (call)) {
    doing = saving ? SAVING : RESTORING;
    connect_by_ns = port_time_ns () + CONNECT_MAX_NS;
    json_begin_object (call_result (call));
    json_member_bool (call->out, "still", saving && save_stood_still ());
  }
}

/* ---- between ---- */

bool
state_run (void)
{
  save_look_after ();
  if (doing != NOTHING) {
    bool was_met = stream_is_met ();

    /* Asked in this order: whoever has greeted was connected by then, and has gone if it is not now. */
    if (!port_state_connected () && (was_met || port_time_ns () >= connect_by_ns)) {
      give_up ();
    }
  }
  if (doing == SAVING) {
    return save_step ();
  }
  return doing == RESTORING && restore_step ();
}

uint64_t
state_deadline_ns (void)
{
  uint64_t save_ns = doing == SAVING ? save_deadline_ns () : 0;

  if (doing == NOTHING || port_state_connected ()) {
    return save_ns;
  }
  return save_ns != 0 && save_ns < connect_by_ns ? save_ns : connect_by_ns;
}

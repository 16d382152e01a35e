/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "helper/bundles.h"
#include "helper/loop.h"
#include "helper/session.h"
#include "suspend/archive-ahead.h"
#include "suspend/externals.h"
#include "suspend/tree.h"

/* What one client has made us do, shared by the files with its verbs. */

struct suspension {
  int         image;   /* the file system of CRIU's images; -1 */
  pid_t       trial;   /* pid 1 of the view that was restored on trial; -1 */
  struct tree stopped; /* those of the original that its user had stopped before we did */
  struct archive_ahead ahead;
};

struct session {
  int                 socket;
  const struct owner *owner;
  const struct host  *host;
  const char         *criu; /* program */
  bool                criu_fits; /* as was found for this client before */
  bool                test_faults;
  int                 fuse; /* detached mount of the client's file, from HELPER_FUSE_MOUNT to HELPER_VAULT_ATTACH */
  struct loop         loop;
  struct loop         base; /* of an isolated workspace */
  struct bundles      bundles;
  struct loop         image; /* of HELPER_IMAGE_MOUNT */
  struct beside       beside; /* of HELPER_IMAGE_KEEP */
  struct loop         beside_loops[MAX_BESIDE];
  struct seed         seed; /* of the first view */
  struct full_view    view;
  struct rules        shares; /* of a view that can be suspended: for the trial, and for the resume */
  char                rules[WIRE_RULES_MAX]; /* the text that they come from */
  struct suspension   suspension;
};

/* One request with what came along. A handler moves descriptors that it keeps out of @fds. */
struct call {
  struct helper_request request;
  int                   fds[WIRE_MAX_FDS];
  unsigned              n_fds;
  int                   answer_fds[2]; /* closed after they are sent */
  unsigned              n_answer_fds;
  int                   leftover; /* closed when the client has its answer; -1 */
  int                   work;     /* cleaned when the client has its answer; -1 */
  pid_t                 pid;
};

/* Takes apart what HELPER_VIEW_OPEN and HELPER_VIEW_RESUME ask for: @workspace, @base and @request point into the caller's
 * variables, which full_open() and full_stage() take over. 0, or -1. */
struct view_parts {
  int                 workspace, base;
  unsigned            taken; /* descriptors of the call that were used */
  struct rules        rules;
  struct full_request full;
};
int  session_collect_view (struct session *session, struct call *call, struct view_parts *parts, struct wire_fault *fault);
/* What of the host shall be bound to it: a network, and what its rules share. To be called after session_collect_view(). */
int  session_collect_bindings (struct session *session, struct call *call, struct view_parts *parts, struct wire_fault *fault);
void session_release_view (struct session *session, struct view_parts *parts, bool failed);
void session_answer_view (struct session *session, struct call *call);

/* The verbs of suspension, in suspend.c. */
int suspend_probe (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_check (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_dump (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_try (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_files (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_pack (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_keep (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_undo (struct session *session, struct call *call, struct wire_fault *fault);
int suspend_resume (struct session *session, struct call *call, struct wire_fault *fault);

/* Drops what a suspension holds; an original that was stopped stays as it is. */
void suspend_forget (struct session *session);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/open.h"
#include "launcher/view.h"

/* What view.c, view-label.c and view-suspend.c share. */

struct _DmcView {
  GObject parent_instance;

  struct view_handle handle;
  DmcVault          *vault;
  int                channel;  /* -1 once it is not needed; in full mode the helper's, not ours */
  pid_t              launcher; /* reduced mode */
  gboolean           reduced, display, isolated, suspendable, carried, gone;
  int                image;    /* to resume from, until it is open; -1 */
  char              *user, *hostname, *xauthority;

  DmcViewNetwork       network;
  char                *rules; /* WIRE_RULES_MAX bytes; NULL for none */
  gboolean             rules_too_long;
  struct view_bindings bindings;

  guint       control_source, writable_source, pidfd_source, kill_source;
  guint32     last_serial;
  GHashTable *pending; /* serial → GTask of a launch, or of what view-label.c asks for */
  GQueue      outgoing;
  GTask      *closing;
  GArray     *held; /* ViewHeld; NULL */
};

/* What of programs with a label is kept here while the view is suspended. */
typedef struct {
  int id;
  int fds[2]; /* mounts, listener */
} ViewHeld;


/* Sends pid 1 a message, later if it is busy; takes @fds over. */
void     view_send (DmcView *self, gconstpointer data, gsize size, const int *fds, unsigned n_fds);
void     view_watch_control (DmcView *self);
void     view_fail_pending (DmcView *self);
/* (transfer full) (nullable): the launch, or the other request, that an answer has the serial of. Pid 1 of a view that came with a
 * medium may be anybody's program: an answer of the other kind is none. */
GTask   *view_take_pending (DmcView *self, guint32 serial, gboolean launch);
gboolean view_check_open (DmcView *self, GError **error);

/* view-label.c: takes what pid 1 says of programs with a label; FALSE where it is something else. @text: what follows it */
void     view_label_add_signals (DmcViewClass *klass);
gboolean view_label_hear (DmcView *self, const struct init_message *message, const char *text, gsize length);
/* view-refresh.c: from when it is open until it is released. */
void view_refresh_follow (DmcView *self);
void view_refresh_leave (DmcView *self);

/* Sends the rest of a launch; takes @task over. */
void     view_launch (GTask *task, struct launch_text *text, const int *fds, guint n_fds);

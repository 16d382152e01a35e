/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/view.h"

G_BEGIN_DECLS

/* Suspending a view, step by step; the order and what each step does: ../suspend/README.md. */
typedef enum {
  VIEW_SUSPEND_CHECK, /* answers a text: what is in the way */
  VIEW_SUSPEND_DETACH, /* lets pid 1 go; nothing can be started until UNDO */
  VIEW_SUSPEND_DUMP,
  VIEW_SUSPEND_TRY,
  VIEW_SUSPEND_FILES, /* answers a text: the files in use, each ended by a NUL */
  VIEW_SUSPEND_PACK,  /* takes the file that the image goes to */
  VIEW_SUSPEND_KEEP,  /* the view is gone when dmc_view_close_async() completes */
  VIEW_SUSPEND_UNDO,  /* the view goes on */
} ViewSuspendVerb;

/**
 * dmc_view_suspend_call_async:
 * @verb: what to do
 * @file: for %VIEW_SUSPEND_PACK; else -1
 *
 * Errors: DMC_ERROR_UNSUPPORTED (data "needs": "criu"), DMC_ERROR_STATE (something is in the way; data "culprit": the pid in
 * the workspace, where it is known), DMC_ERROR_RESOURCE, DMC_ERROR_IO.
 */
void     dmc_view_suspend_call_async (DmcView             *self,
                                      ViewSuspendVerb      verb,
                                      int                  file,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
/* @text: (out) (optional) (transfer full): what was answered */
gboolean dmc_view_suspend_call_finish (DmcView *self, GAsyncResult *result, GBytes **text, GError **error);

gboolean dmc_view_is_suspendable (DmcView *self);
/* Whether it uses files that the workspace has carried along. */
gboolean dmc_view_is_carried (DmcView *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/* The life-cycle actions of bundles: programs that the manifest names, run in the workspace like the app itself, under its label.
 * What has begun is owed its end: a mark in the vault is set before the one, and taken back after the other, so that also
 * after a crash each end is run, at the next opening at the latest.
 *
 *   deviceInstall …   once the bundle is in the workspace          … deviceUninstall   before it is removed
 *   hostConfigure …   at the first start after an opening          … hostCleanup       before the workspace closes
 *   appStart …        at a start, where the app does not run yet   … appStop           when its last program has ended
 */
typedef enum {
  ACTION_DEVICE = 1 << 0,
  ACTION_HOST = 1 << 1,
  ACTION_APP = 1 << 2,
} ActionLevel;

/* Reads which apps have actions; and ends what was not ended the last time, but for ACTION_DEVICE. To be called when a
 * workspace has been opened. Never fails. */
void app_actions_load_async (AgentWorkspace *workspace, gboolean resumed, GAsyncReadyCallback callback, gpointer user_data);
void app_actions_load_finish (GAsyncResult *result);

/* Where one of these is cancelled the action that runs is ended at once, and the ends of what had begun are run before the answer is
 * DMC_ERROR_CANCELLED. */
/* Takes a new bundle in, and begins ACTION_DEVICE. DMC_ERROR_STATE: it says no, and what it did has been ended. */
void     app_actions_add_async (AgentWorkspace *workspace, const char *key, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Begins what the app @app needs before it starts. At once where it has no actions. */
gboolean app_actions_has (AgentWorkspace *workspace, const char *app);
void     app_actions_begin_async (AgentWorkspace *workspace, const char *app, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Ends @levels of the bundle @key, or of all with %NULL; an end that fails is noted in the agent's log. */
void     app_actions_end_async (AgentWorkspace *workspace, const char *key, guint levels, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
/* Asks the apps that have actions to end, ends them after @grace_ms, and ends ACTION_APP and ACTION_HOST of all. */
void     app_actions_close_async (AgentWorkspace *workspace, guint grace_ms, GAsyncReadyCallback callback, gpointer user_data);
gboolean app_actions_finish (GAsyncResult *result, GError **error);

/* The app's programs run (or, with an empty array, could not be started): appStop comes when the last one has ended. */
void     app_actions_started (AgentWorkspace *workspace, const char *app, GArray *pids);
/* @app's bundle is gone. */
void     app_actions_forget (AgentWorkspace *workspace, const char *key);

/* Checks the member "actions" of a manifest to be; DMC_ERROR_PARAMS. */
gboolean app_actions_check (JsonObject *actions, GError **error);

G_END_DECLS

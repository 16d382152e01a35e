/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/* Whoever adds, changes or removes a menu entry of an open workspace: its own programs, or its host below it. */
typedef struct AppWatch AppWatch;

typedef void (*AppWatchFunc) (AgentWorkspace *workspace, gpointer user_data);

AppWatch *app_watch_new  (AgentWorkspace *workspace, AppWatchFunc changed, gpointer user_data);
void      app_watch_free (AppWatch *self);

G_END_DECLS

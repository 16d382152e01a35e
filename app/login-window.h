/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

#include "plugin/host.h"

G_BEGIN_DECLS

/* Opens a workspace: which one, who, with which passphrase, and how far it has got.
 *
 * Signal "done" (const char *workspace): the workspace with this id is open, or NULL: the user goes
 * on without. */
#define DMC_TYPE_LOGIN_WINDOW (dmc_login_window_get_type ())
G_DECLARE_FINAL_TYPE (DmcLoginWindow, dmc_login_window, DMC, LOGIN_WINDOW, HdyWindow)

DmcLoginWindow *dmc_login_window_new (DmcHost *host, GSettings *settings, GtkWindow *parent);
void dmc_login_window_select (DmcLoginWindow *self, const char *workspace);

G_END_DECLS

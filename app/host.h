/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"
#include "window.h"

G_BEGIN_DECLS

/* What the console gives its plugins: the two endpoints, the lists all pages share, and the
 * window's services. */
#define DMC_TYPE_CONSOLE_HOST (dmc_console_host_get_type ())
G_DECLARE_FINAL_TYPE (DmcConsoleHost, dmc_console_host, DMC, CONSOLE_HOST, GObject)

DmcConsoleHost *dmc_console_host_new (const char *control_path, const char *agent_path);

void dmc_console_host_start (DmcConsoleHost *self);
void dmc_console_host_set_window (DmcConsoleHost *self, DmcWindow *window);

G_END_DECLS

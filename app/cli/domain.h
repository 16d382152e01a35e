/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ctl.h"

G_BEGIN_DECLS

/* domain.c */
gboolean ctl_domain_id (Ctl *ctl, const char *name, gint64 *id, GError **error);

/* screenshot.c */
gboolean ctl_run_screenshot (Ctl *ctl, char **arguments, GError **error);

/* transfer.c */
extern const GOptionEntry ctl_save_options[], ctl_restore_options[];
gboolean ctl_run_save (Ctl *ctl, char **arguments, GError **error);
gboolean ctl_run_restore (Ctl *ctl, char **arguments, GError **error);
gboolean ctl_run_migrate (Ctl *ctl, char **arguments, GError **error);

/* crash.c */
void ctl_print_crash (JsonObject *crash);

/* console.c */
extern const GOptionEntry ctl_console_options[];
gboolean ctl_run_console (Ctl *ctl, char **arguments, GError **error);

/* device.c */
void ctl_add_devices (JsonObject *params, char **disks, gboolean network);
void ctl_print_devices (JsonObject *domain);

/* pin.c */
gboolean ctl_add_pins (Ctl *ctl, JsonObject *params, char **pins, JsonObject *domain, guint vcpus, GError **error);
void ctl_print_pins (JsonObject *domain);

/* graph.c */
gboolean ctl_run_graph (Ctl *ctl, char **arguments, GError **error);

G_END_DECLS

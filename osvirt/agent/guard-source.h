/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the host can spare: its battery, as UPower tells, and its pressure, as the kernel does. */
typedef struct _GuardSource GuardSource;

/* @changed: called when guard_source_get_share() may be another. */
GuardSource *guard_source_new (void (*changed) (gpointer user_data), gpointer user_data);
void         guard_source_free (GuardSource *self);

/* Percent of a budget: 100 with enough of everything. */
guint  guard_source_get_share (GuardSource *self);
double guard_source_get_battery (GuardSource *self, gboolean *discharging); /* percent; -1 without a battery */
double guard_source_get_pressure (GuardSource *self);                       /* percent of the last ten seconds; -1: not told */

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The console as a program: one instance a session, its options, and which window comes first. */
#define DMC_TYPE_APPLICATION (dmc_application_get_type ())
G_DECLARE_FINAL_TYPE (DmcApplication, dmc_application, DMC, APPLICATION, GtkApplication)

DmcApplication *dmc_application_new (void);

G_END_DECLS

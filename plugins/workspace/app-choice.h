/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/endpoint.h"

G_BEGIN_DECLS

/**
 * DmcAppChoice:
 *
 * The apps of a workspace that open a file or a kind of file, to choose one from; the default is chosen at first. Signal
 * "looked" (): it shows what there is, also where that is nothing.
 */
#define DMC_TYPE_APP_CHOICE (dmc_app_choice_get_type ())
G_DECLARE_FINAL_TYPE (DmcAppChoice, dmc_app_choice, DMC, APP_CHOICE, GtkComboBoxText)

GtkWidget  *dmc_app_choice_new (DmcEndpoint *agent, const char *workspace);
void        dmc_app_choice_look (DmcAppChoice *self, const char *member, const char *value);
void        dmc_app_choice_clear (DmcAppChoice *self);
const char *dmc_app_choice_get_kind (DmcAppChoice *self);
const char *dmc_app_choice_get_problem (DmcAppChoice *self);
const char *dmc_app_choice_get_other (DmcAppChoice *self);
void        dmc_app_choice_keep (DmcAppChoice *self, GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS

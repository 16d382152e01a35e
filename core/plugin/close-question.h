/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/workspace.h"

G_BEGIN_DECLS

GtkWidget *dmc_close_question_new (GtkWindow *parent, DmcWorkspace *workspace);

G_END_DECLS

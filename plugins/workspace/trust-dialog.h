/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Asks whether the key @signer is one to trust; answers GTK_RESPONSE_ACCEPT with dmc_trust_dialog_get_signer().
 * @title: the question. @text: what it means, before the key. @accept: what the button says. */
GtkWidget  *dmc_trust_dialog_new (GtkWindow *parent, const char *title, const char *text, const char *accept, const char *signer);
const char *dmc_trust_dialog_get_signer (GtkDialog *dialog);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "about.h"

#include <glib/gi18n.h>

#include "config.h"

/**
 * dmc_show_about:
 * @parent: (nullable) (transfer none): the window it stands before
 *
 * Shows what the program is.
 */
void
dmc_show_about (GtkWindow *parent)
{
  gtk_show_about_dialog (parent, "program-name", _ ("Domicile"), "logo-icon-name",
                         "org.domicile.Console", "version", VERSION, "comments",
                         _ ("Carry your desktop; see and govern every domain it runs on."),
                         "copyright", _ ("Copyright © the Domicile project"), "license-type",
                         GTK_LICENSE_GPL_2_0, NULL);
}

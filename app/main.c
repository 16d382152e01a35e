/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <glib/gi18n.h>

#include "application.h"
#include "config.h"
#include "paths.h"

int
main (int argc, char **argv)
{
  g_autofree char *locale = dmc_path_locale ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("domicile");
  g_set_application_name (_ ("Domicile"));

  g_autoptr (DmcApplication) application = dmc_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}

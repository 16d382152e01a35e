/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console-module.h"

#include <dlfcn.h>
#include <gmodule.h>

#include "console-view.h"

/* It lies beside the module that this function is in. */
static char *
module_path (void)
{
  Dl_info info;
  g_autofree char *folder = NULL;

  if (dladdr ((void *)(gsize)&dmc_console_module_new_view, &info) == 0)
    return NULL;
  folder = g_path_get_dirname (info.dli_fname);
  return g_build_filename (folder, "libdomains-console.so", NULL);
}

/**
 * dmc_console_module_new_view:
 * @host: (transfer none): for calls
 * @domain: (transfer none): whose console
 * @error: says why the module could not be loaded
 *
 * Returns: (transfer floating) (nullable): a view of the console
 */
GtkWidget *
dmc_console_module_new_view (DmcHost *host, DmcDomain *domain, GError **error)
{
  static DmcConsoleViewNewFunc new_view;
  g_autofree char *path = module_path ();
  GModule *module;

  if (new_view == NULL) {
    module = g_module_open (path, G_MODULE_BIND_LOCAL);
    if (module == NULL
        || !g_module_symbol (module, "dmc_console_view_new", (gpointer *)&new_view)) {
      g_set_error_literal (error, DMC_ERROR, DMC_ERROR_UNSUPPORTED, g_module_error ());
      return NULL;
    }
    g_module_make_resident (module); /* its types cannot be unregistered */
  }
  return new_view (host, domain);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/lazy-module.h"

#include <dlfcn.h>
#include <gmodule.h>

#include "rpc/error.h"

/**
 * dmc_lazy_module_symbol: (skip)
 * @beside: a function of the module that asks
 * @module: file name of another one in the same folder
 * @symbol: what to find in it
 * @error: says why the module could not be loaded
 *
 * Loads a module when it is first needed, so that nobody waits for a large library who never looks at what needs it. The
 * module stays, for its types cannot be unregistered.
 *
 * Returns: (nullable): the symbol, or %NULL with %DMC_ERROR_UNSUPPORTED
 */
gpointer
dmc_lazy_module_symbol (gconstpointer beside, const char *module, const char *symbol, GError **error)
{
  Dl_info info;
  gpointer found = NULL;

  if (dladdr (beside, &info) != 0) {
    g_autofree char *folder = g_path_get_dirname (info.dli_fname);
    g_autofree char *path = g_build_filename (folder, module, NULL);
    GModule *loaded = g_module_open (path, G_MODULE_BIND_LOCAL);

    if (loaded != NULL && g_module_symbol (loaded, symbol, &found)) {
      g_module_make_resident (loaded);
      return found;
    }
  }
  g_set_error_literal (error, DMC_ERROR, DMC_ERROR_UNSUPPORTED, g_module_error ());
  return NULL;
}

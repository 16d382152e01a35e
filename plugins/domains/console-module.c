/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console-module.h"

#include "console-view.h"
#include "plugin/lazy-module.h"

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

  if (new_view == NULL)
    new_view = (DmcConsoleViewNewFunc)dmc_lazy_module_symbol (
        &dmc_console_module_new_view, "libdomains-console.so", "dmc_console_view_new", error);
  return new_view != NULL ? new_view (host, domain) : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "editor-module.h"

#include <dlfcn.h>
#include <gmodule.h>

#include "rpc/error.h"

/* It lies beside the module that this function is in. */
static char *
module_path (void)
{
  Dl_info info;
  g_autofree char *folder = NULL;

  if (dladdr ((void *)(gsize)&dmc_editor_module_new_editor, &info) == 0)
    return NULL;
  folder = g_path_get_dirname (info.dli_fname);
  return g_build_filename (folder, "libpolicy-editor.so", NULL);
}

GtkWidget *
dmc_editor_module_new_editor (GError **error)
{
  static DmcPolicyEditorNewFunc new_editor;

  if (new_editor == NULL) {
    g_autofree char *path = module_path ();
    GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);

    if (module == NULL
        || !g_module_symbol (module, "dmc_policy_editor_new", (gpointer *)&new_editor)) {
      g_set_error_literal (error, DMC_ERROR, DMC_ERROR_UNSUPPORTED, g_module_error ());
      return NULL;
    }
    g_module_make_resident (module); /* its types cannot be unregistered */
  }
  return new_editor ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-editor.h"

G_BEGIN_DECLS

/**
 * dmc_editor_module_new_editor:
 * @error: says why the module could not be loaded
 *
 * Loads the module with the editor where that has not been done yet.
 *
 * Returns: (transfer floating) (nullable): an editor
 */
GtkWidget *dmc_editor_module_new_editor (GError **error);

G_END_DECLS

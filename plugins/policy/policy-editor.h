/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "policy-draft.h"

G_BEGIN_DECLS

/* The text editor of a draft: highlights JSON, marks problems in the gutter and under the text.
 * Action signal "go-to" (const char *path): puts the cursor where a problem is.
 * It lives in the module policy-editor, which alone is linked with GtkSourceView; the page finds
 * dmc_policy_editor_new() there by name. */
typedef GtkWidget *(*DmcPolicyEditorNewFunc) (DmcPolicyDraft *draft);

GtkWidget *dmc_policy_editor_new (DmcPolicyDraft *draft);

G_END_DECLS

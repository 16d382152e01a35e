/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A text editor that highlights JSON and marks problems in the gutter and under the text. It lives in the module
 * policy-editor, which alone is linked with GtkSourceView; the page finds dmc_policy_editor_new() there by name and knows
 * only this:
 *   property "text" (string, write)   what it shows; not an edit
 *   property "can-undo" (boolean, read)
 *   signal "edited" (const char *text)   the user has changed the text to this
 *   action signal "show-problems" (GPtrArray *problems, gint64 syntax_offset)   marks these DmcPolicyProblem; the byte where
 *     the text stops being JSON, or -1
 *   action signal "go-to" (const char *path)   puts the cursor where a problem is
 *   action signal "undo" ()   takes the last change back */
typedef GtkWidget *(*DmcPolicyEditorNewFunc) (void);

GtkWidget *dmc_policy_editor_new (void);

G_END_DECLS

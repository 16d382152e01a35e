/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What of an app's actions has begun and not ended: ActionLevel bits in state/actions/KEY of the vault. */
guint    action_marks_read (int vault, const char *key);
gboolean action_marks_write (int vault, const char *key, guint marks, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-file.h"

G_BEGIN_DECLS

/* Which folders of this host's a workspace may share. Its rules lie on its medium in the clear, where anybody may have
 * changed them; so a rule counts only here, where a user of this agent has made or confirmed it. STATE_DIR/shares.ini. */
typedef struct _ShareConsent ShareConsent;

ShareConsent *share_consent_new (const char *state_dir);
void          share_consent_free (ShareConsent *self);
gboolean      share_consent_require (ShareConsent *self, const WorkspaceFile *file, GError **error);
gboolean      share_consent_give (ShareConsent *self, const WorkspaceFile *file, GError **error);

G_END_DECLS

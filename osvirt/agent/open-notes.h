/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

void open_notes_tell_reduced (AgentWorkspace *workspace, const char *lack);
void open_notes_tell_silence (AgentWorkspace *workspace, AgentSession *session);

G_END_DECLS

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is less than its user may expect when a workspace has been opened. */
#include "agent/open-notes.h"

#include "agent/sound.h"
#include "agent/workspace-apps.h"

/* @lack: (nullable): why the helper that this host has did not serve */
void
open_notes_tell_reduced (AgentWorkspace *workspace, const char *lack)
{
  if (lack != NULL && dmc_view_is_reduced (agent_workspace_get_view (workspace)))
    agent_workspace_add_note (workspace, "It is open in the reduced mode, without packages, bundles, suspending and budgets. %s Then close the "
                              "workspace and open it again.", lack);
}

/* Tells why programs that play sound are not heard. */
void
open_notes_tell_silence (AgentWorkspace *workspace, AgentSession *session)
{
  const gboolean isolated = workspace_file_is_isolated (agent_workspace_get_file (workspace));
  g_autofree char *program = NULL;
  RootDir root;

  if (!agent_session_wants_sound (session))
    return;
  workspace_apps_root_open (workspace, &root);
  program = root_dir_find_program (&root, AGENT_SOUND_PROGRAM, APP_SEARCH_PATH);
  workspace_apps_root_close (&root);
  if (program == NULL)
    agent_workspace_add_note (workspace, "There is no sound: the workspace does not see the program " AGENT_SOUND_PROGRAM ". Install the package "
                              AGENT_SOUND_PROGRAM " %s, or switch off “sound” in the workspace's settings.",
                              isolated ? "in the workspace" : "on the host");
}

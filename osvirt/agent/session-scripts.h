/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The log, inside, of what the scripts of a session say. */
#define SESSION_LOG "session"

/* The text of a script that is in the agent's program, to be run by a shell inside; for good. */
const char *session_script (const char *name);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <poll.h>

#include "launcher/sandbox.h"

/* What pid 1 does for programs with a label: it takes their filters' questions, asks the agent where the answer is not
 * plain, and does for them what was allowed: so nothing that a program changes after the question counts. */

enum { MAX_SANDBOXES = 128, MAX_LISTENERS = 512 };

/* Whether there is room for one more. */
bool warden_has_room (void);

/* Takes @sandbox over, which has its mounts, and @listener. */
void warden_add (struct sandbox *sandbox, int listener);

/* Fills in what to poll for; returns how many. @polled: room for MAX_LISTENERS */
unsigned warden_poll (struct pollfd *polled);

/* Serves what poll() found, as warden_poll() has laid it out. @agent: who is asked */
void warden_serve (const struct pollfd *polled, unsigned count, int agent);

/* The agent's answer: 0, or the errno value that the program gets. */
void warden_answer (uint32_t serial, int error);

/* Gives a place of a sandbox another level; returns 0 or an errno value. ESRCH: all of it has ended. */
int warden_set_place (uint32_t id, unsigned index, char level);

/* Asks the agent anew about each connection that a sandbox holds; what it denies is shut down. */
void warden_ask_connections (uint32_t id, int agent);

/* Writes the number of every process of a sandbox to @procs, the list of a control group. */
void warden_join (uint32_t id, int procs);

/* Sends a signal to every process of a sandbox; returns how many. */
int warden_kill (uint32_t id, int sig);

/* A child of pid 1 has been reaped. */
void warden_reaped (pid_t pid);

/* Before the view is suspended: stops the processes of all sandboxes, none of which waits for an answer then, and sends @owner
 * what cannot be saved: INIT_HELD for each listener, with the mounts. */
void warden_rest (int owner);

/* The same way back, where nothing came of it: one that was sent. Takes the descriptors over. */
void warden_wake (uint32_t id, int mounts, int listener);

/* After a resume, while all others are stopped: confines each process of each sandbox again, and lets it go on. What cannot be
 * confined is killed. */
void warden_restore (const struct filters *filters);

/* After the last of these, or after warden_restore(): as before. */
void warden_woken (int agent);

/* Tells @agent of the sandboxes of which nothing is left. */
void warden_sweep (int agent);

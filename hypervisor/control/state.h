/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving and restoring domains: one transfer at a time, done step by step between requests. The
 * host's side begins it (state.begin), takes or gives the records of pv/stream.h, and ends it
 * (state.finish); where it leaves before that, everything is as it was.
 */
#ifndef CONTROL_STATE_H
#define CONTROL_STATE_H

#include "domain.h"

/* As many as a board has at most. */
#define STATE_PAGES_MAX 262144u

/* By page number: the machine frame, and in the upper bits what it was last used as; 0: none. Of
   the domain of the transfer under way. */
extern uint32_t state_frames[STATE_PAGES_MAX];
/* Fills it. -> 0 or a negative XEN_E*. */
long state_list_frames (uint32_t id, uint32_t pages);

/* Gives a domain display and input back, where nobody has got them meanwhile. */
void state_refocus (uint32_t id);

/* ---- save.c ---- */
/* Starts; -> false where it cannot be, after answering so. */
bool save_begin (struct call *call, struct domain *domain, bool live, bool keep);
/* One step. -> whether there is more to do at once. */
bool save_step (void);
/* The stream is complete and in good hands, or it is not wanted. Ends the transfer. */
void save_commit (void);
void save_abort (void);
/* Whether the domain was suspended before. */
bool save_stood_still (void);
/* Whether all has been sent. */
bool save_is_complete (void);
/* Ends the transfer, and leaves the domain suspended. */
void save_hold (void);
/* Lets a domain go on that came to stand still after its save was given up. */
void save_look_after (void);
/* Lets a domain go on that stands still, or comes to, because its save ended with the control domain
   before this one. */
void save_release (uint32_t id);
/* When save_step wants to be called again at the latest, 0: never. */
uint64_t save_deadline_ns (void);

/* ---- restore.c ---- */
/* `name`: another than the saved one; empty: that one. */
void restore_begin (const char *name);
bool restore_step (void);
/* Lets the domain run; 0 or a negative XEN_E*. Ends the transfer. */
long restore_commit (uint32_t *id);
void restore_abort (void);
bool restore_is_complete (void);

/* ---- state-methods.c ---- */
/* Takes back what was under way when the control domain before this one ended. */
void state_start_again (void);
/* One step of what is under way. -> whether there is more to do at once. */
bool state_run (void);
/* When to call it again at the latest, 0: never. */
uint64_t state_deadline_ns (void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/confine.h"
#include "launcher/wire.h"

/* A program with a label gets a mount namespace of its own, a Landlock domain and a further filter. What its label says
 * of a directory is a *place*: at the bottom a shade, an empty file system that nobody can write to, and over it, while the
 * label may use the directory, the directory itself. Because a place is a mount, nothing leaves it by a link or a rename,
 * and no way to it leads around it; because its ancestors are mounts too, they cannot be moved away with it. */

enum { MAX_PLACES = 32, PLACE_PATH_MAX = 256 };

struct place {
  char     path[PLACE_PATH_MAX];
  char     level;      /* enum place_level */
  uint64_t shade, top; /* ids of the mounts; 0 for none */
};

struct member {
  pid_t pid;
  bool  by_user; /* was stopped before */
};

/* A program with a label, and whatever it started, until the last of them has ended. */
struct sandbox {
  uint32_t     id;   /* the agent's */
  bool         net;  /* connections are asked for */
  bool         keep_signals, keep_abstract; /* Landlock scopes */
  uint64_t     memory, processes; /* limits of each process, where there are no control groups; 0 for none */
  unsigned     n_places;
  struct place places[MAX_PLACES];
  int          mounts;   /* its mount namespace */
  unsigned     n_listeners; /* of the filter's questions, which the warden has: one, and after a resume one for each process */
  unsigned     n_members;   /* while the view is suspended: those that belong to it, which are stopped */
  struct member *members;
};

/**
 * sandbox_parse:
 * @rules: (array length=n_rules): see launch_rules in wire.h
 *
 * Returns: (nullable): to be freed by free(); NULL with errno, which is 0 where there is nothing to apply
 */
struct sandbox *sandbox_parse (char *const *rules, uint32_t n_rules);

/* In the new process, with the privileges of pid 1: sets the limits and makes the mounts. 0, or -1 with errno. */
int sandbox_mount (struct sandbox *sandbox);

/* Keeps this process and all that it will start from the abstract sockets of others, which a network that is the host's would
 * show. Where the kernel cannot (before Linux 6.12) they are reached. CRIU would lose this: not for views that can be suspended. */
void sandbox_leave_host (void);

/* The Landlock domain of a sandbox, to be entered by landlock_restrict_self(). A descriptor, -1 with errno, or -1 with 0 where it
 * has none. */
int sandbox_make_domain (const struct sandbox *sandbox);

/* Which of the filters it has, a set of enum ask_about. */
unsigned sandbox_asks (const struct sandbox *sandbox);

/* In the new process, after confine_apply(): the Landlock domain and the filter, whose descriptor goes to @report with that
 * of the mount namespace. 0, or -1 with errno. */
int sandbox_enter (const struct sandbox *sandbox, const struct filters *filters, int report);

/* In pid 1: takes what sandbox_enter() sent: the mounts, and returns the filter's listener; -1 on failure. */
int sandbox_take (struct sandbox *sandbox, int report);

/* In pid 1, after a resume: notes which mounts its places have become, in the mount namespace that it has. */
int sandbox_find_places (struct sandbox *sandbox, pid_t member, int own_mounts);

void sandbox_free (struct sandbox *sandbox);

/* In pid 1: gives a place another level. EBUSY: its files are in use in a way that the new level does not allow. */
int sandbox_set_place (struct sandbox *sandbox, unsigned index, char level, int own_mounts);

/* Which version of Landlock the kernel has; 0 for none. */
int landlock_version (void);

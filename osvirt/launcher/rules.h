/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "launcher/wire.h"

enum { MAX_RULES = 32 };

/* One thing to do about a path of a view, before its first program starts. */
struct rule {
  char        kind;   /* see helper_request.rules */
  const char *path;   /* without its first slash */
  const char *source; /* 'm' only; likewise */
  int         mount;  /* 's' and 'w': detached, or in the reduced mode what shall be mounted; -1 */
};

struct rules {
  struct rule list[MAX_RULES];
  unsigned    n;
};

/**
 * rules_parse:
 * @text: (array length=sizeof helper_request.rules): from a client
 * @fds: (array length=n_fds): what is shared, in the order of the rules; stays the caller's
 * @rules: (out): points into @text; its mounts are @fds
 *
 * Returns: 0, or -1 for what a client of ours does not send
 */
int rules_parse (const char *text, const int *fds, unsigned n_fds, struct rules *rules, struct wire_fault *fault);

/* Makes detached mounts of what is shared, with the ids mapped as in @userns, for rules_apply(). A file system that maps none is
 * shown to be read, as to a stranger. Closes those that it has made when it fails. */
int rules_mount (struct rules *rules, int userns, struct wire_fault *fault);

/* The same in a mount namespace that the descriptors are not of: by their paths, and with nothing mapped. */
int rules_mount_again (struct rules *rules, struct wire_fault *fault);

/* How many of them share something. */
unsigned rules_count_shared (const struct rules *rules);

void rules_close (struct rules *rules);

/* Applies them to the tree in the working directory, from which no link leads out. */
int rules_apply (struct rules *rules, struct wire_fault *fault);

/* Puts the detached mount of a file on @path, following links as programs inside will; makes it if there is none. */
int rules_cover_file (int *mount, const char *path, struct wire_fault *fault);

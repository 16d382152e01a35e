/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* A part of the host's tree that is a mount of its own (/usr, /var, /nix …). An overlay's lower layer does not reach into
 * such, so each is a layer of its own. */
struct submount {
  char path[256]; /* absolute, plain characters only */
  int  mount;     /* for the caller; -1 */
};

/* Finds at most @room of them, by rising path; a second call looks again only if a mount has changed. Left out: what a view has of its own (/proc, /dev, /run …), what is private
 * to people (/home, /root), removable media, and file systems that hold no files. */
unsigned submounts_list (struct submount *list, unsigned room);

/* All of them as they are now, at most @room. */
unsigned submounts_read (struct submount *list, unsigned room);

/* Where the stage keeps the layer of a submount whose @path is given without its first slash. */
void submount_place (const char *path, char *place, size_t room);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/wire.h"

/* The keeper is a small program of the user's that stands between a vault and the storage daemon. The daemon serves the
 * decrypted image over a FUSE connection whose file is attached nowhere on the host; the keeper outlives its client just
 * long enough for the daemon to write everything back. */

enum {
  KEEPER_SOCKET = 3, /* descriptors that it is started with */
  KEEPER_IMAGE = 4,
  KEEPER_SECRET = 5,
  KEEPER_FUSE = 6,  /* FUSE connection; missing where there is no helper */
  KEEPER_PLAIN = 7, /* its file; likewise */
  KEEPER_NEW_SECRET = 6, /* where the passphrase is changed; there is no connection then */
};

enum keeper_outcome {
  KEEPER_DONE = 0,
  KEEPER_WRONG_KEY,    /* no key slot fits */
  KEEPER_DAMAGED,      /* not a LUKS container, or one that makes no sense */
  KEEPER_NEEDS_CHECK,  /* its file system has damage that only a person can mend */
  KEEPER_FULL,        /* the medium: even to look at the file system takes some room */
  KEEPER_TOO_LARGE,   /* for one file of the medium */
  KEEPER_NO_FUSE,
  KEEPER_NO_PROGRAM,
  KEEPER_NO_NAMESPACE,
  KEEPER_BUSY,
  KEEPER_ENDED,       /* a program that serves the open vault, by itself */
  KEEPER_FAILED,
};

/* From the keeper. With the first KEEPER_DONE of a vault that it mounts itself come the root directory, and the user and
 * the mount namespace that the vault is mounted in. */
struct keeper_message {
  uint32_t outcome; /* enum keeper_outcome */
  char     text[WIRE_TEXT_MAX];
};

/* The text of the first KEEPER_DONE where something in the file system did not fit together after a crash, and was decided on. */
#define KEEPER_MENDED "mended"

/* To the keeper: any byte asks it to end; it answers when the daemon is gone. KEEPER_BUSY then means that it stays, because
 * files of the vault are open. KEEPER_ENDED comes unasked, as soon as it is so, and the keeper ends what is left. */

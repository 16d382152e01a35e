/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The two private protocols of this folder: client to helper (or launcher), and client to pid 1 of a view. Both run
 * over SEQPACKET sockets on one machine, between programs of one build, so structures are sent as they are. A
 * receiver still checks every size, every string and every descriptor. */

enum {
  WIRE_MAGIC = 0x444d4335, /* "DMC5": the helper's protocol; changed with it */
  INIT_MAGIC = 0x444d4334, /* "DMC4": pid 1's, which an image of a suspended workspace brings along */
  WIRE_MAX_FDS = 72, /* every layer of a view, and every rule that shares */
  WIRE_NAME_MAX = 64,
  WIRE_TEXT_MAX = 160,
  WIRE_LAUNCH_MAX = 128 * 1024,
  WIRE_RULES_MAX = 8 * 1024,
  WIRE_NO_NAMESPACES = 1000, /* the error of a host that forbids user namespaces, for which the kernel has no value of its own */
};

/* How a fault begins to say that what was suspended needs another processor, which no file carried along is. */
#define WIRE_PROCESSOR_LACKS "the processor lacks instructions"

/* What failed, for a person: an errno value and one phrase. */
struct wire_fault {
  int32_t error;
  char    what[WIRE_TEXT_MAX];
};

/* --- client to helper --- */

enum helper_verb {
  HELPER_HELLO = 1,    /* → nothing; shows that the versions fit */
  HELPER_FUSE_MOUNT,   /* → [FUSE connection, detached mount]: a file that the client will serve */
  HELPER_VAULT_ATTACH, /* that file is served now, and holds a file system → [its root directory] */
  HELPER_VAULT_DETACH, /* answers when the loop device is free again */
  HELPER_VIEW_OPEN,    /* [workspace directory, network?, what is shared …, X authority?, pid 1's end of the control socket] → [pidfd] */
  HELPER_VIEW_KILL,    /* SIGKILL to pid 1 */
  HELPER_VIEW_CLOSE,   /* answers when pid 1 has ended */
  /* a view that was opened with VIEW_SUSPENDABLE; see ../suspend/README.md for the order */
  HELPER_SUSPEND_PROBE, /* needs no view → nothing; without CRIU a fault */
  HELPER_SUSPEND_CHECK, /* → [text: what is in the way]; without CRIU a fault */
  HELPER_SUSPEND_DUMP,  /* pid 1 has been told to detach → nothing; every process is stopped */
  HELPER_SUSPEND_TRY,   /* restores it on trial, beside the original */
  HELPER_SUSPEND_FILES, /* → [text: files of the host that it uses] */
  HELPER_SUSPEND_PACK,  /* [file]: writes the image there */
  HELPER_SUSPEND_KEEP,  /* the image is safe: ends the original */
  HELPER_SUSPEND_UNDO,  /* forgets the image; the original goes on → [control socket] */
  HELPER_VIEW_RESUME,   /* [workspace directory?, image] → [pidfd, control socket] */
  /* a connection that carries one bundle, and no workspace; after HELPER_FUSE_MOUNT, or with a file */
  HELPER_IMAGE_MOUNT, /* [image, open for reading] → [detached mount for INIT_MOUNT] */
  /* before HELPER_VIEW_RESUME: what INIT_MOUNT had attached when the view was suspended */
  HELPER_IMAGE_KEEP,  /* [image, open for reading] and, in place of the rules, its name → nothing */
  LAUNCHER_NETWORK,     /* [user namespace?] → [user namespace, network namespace]; asked of a launcher, not of the helper */
};

enum helper_flags {
  VIEW_DISPLAY = 1 << 0,    /* show the X server's sockets */
  VIEW_XAUTHORITY = 1 << 1, /* the last descriptor is an X authority file */
  VIEW_IN_VAULT = 1 << 2,   /* the workspace is the vault of this connection; no directory is sent */
  VIEW_NAMESPACES = 1 << 3, /* reduced mode: after the directory come the user and mount namespace that it is in */
  VIEW_SUSPENDABLE = 1 << 5, /* keep what suspending needs; with display it makes no sense */
  VIEW_CARRIED = 1 << 6,    /* HELPER_VIEW_RESUME: some of the host's files are in CARRIED_FILES */
  VIEW_NETWORK = 1 << 7,    /* after those come the user and network namespace of a network of its own */
  VIEW_NAT = 1 << 8,        /* which a translator serves, with a name server at NAT_NAME_SERVER */
  SUSPEND_ASK_KERNEL = 1 << 9, /* HELPER_SUSPEND_PROBE: CRIU is to look at all that it needs of the kernel, too */
  VIEW_ISOLATED = 1 << 4,   /* over the workspace's own base system, BASE_IMAGE, in place of the host's root */
};

/* A verb of suspension that failed because of one process gives its pid in the workspace. */

/* Where a translator (slirp) answers for the host's name servers. */
#define NAT_NAME_SERVER "10.0.2.3"

/* What a rule does about its path. */
enum rule_kind {
  RULE_HIDE = 'h',
  RULE_READ_ONLY = 'r',
  RULE_SHARE = 's',          /* shows a file or folder that the client has opened there */
  RULE_SHARE_WRITABLE = 'w', /* ... and lets it be changed */
  RULE_REDIRECT = 'm',       /* shows another place of the view there, which is the next string */
};

/* The base system of an isolated workspace: an EROFS image, below the workspace's directory. */
#define BASE_IMAGE "layers/base.erofs"

/* Apps that are one file each: EROFS images with the suffix, in this folder of the workspace. With more, the kernel's limit
 * on the text of an overlay's lower layers would be met. */
#define BUNDLE_FOLDER "apps"
#define BUNDLE_SUFFIX ".bundle"
#define MAX_BUNDLES   12

struct helper_request {
  uint32_t magic;
  uint32_t verb;
  uint32_t flags;
  uint32_t fail_step;           /* tests only: the step of HELPER_VIEW_OPEN that shall fail, from 1 */
  char     hostname[WIRE_NAME_MAX];
  char     user[WIRE_NAME_MAX];
  char     rules[WIRE_RULES_MAX]; /* HELPER_VIEW_OPEN: enum rule_kind and a path from "/" each, NUL-terminated; then zeroes */
};

struct helper_reply {
  uint32_t          magic;
  uint32_t          verb;
  struct wire_fault fault; /* error 0: it worked */
  int32_t           pid;   /* HELPER_VIEW_OPEN: pid 1 as the host numbers it */
};

/* --- client to pid 1 --- */

enum init_verb {
  INIT_LAUNCH = 1, /* value: number of the first descriptor, 0 or 3; [descriptors] and strings → INIT_LAUNCHED */
  INIT_SIGNAL,     /* pid, value: signal */
  INIT_TERMINATE,  /* value: grace in ms */
  INIT_LISTEN,     /* [listening socket]: whoever connects there has one more connection like this one */
  INIT_ANSWER,     /* to INIT_ASK: its serial, value: 0 or an errno value */
  INIT_PLACE,      /* pid: label's id, argc: place, envc: level → INIT_PLACED */
  INIT_CONNECTIONS, /* pid: label's id: ask about each connection that is open → INIT_ASK …, INIT_PLACED */
  INIT_KILL,       /* pid: label's id, value: signal to all of its processes */
  INIT_MOUNT,      /* [detached mount] and a name: attached at LIVE_BUNDLES/name → INIT_PLACED */
  INIT_UNMOUNT,    /* a name: EBUSY while it is in use → INIT_PLACED */
  INIT_DETACH,     /* let all clients go, this one too, and wait at CONTROL_PATH for a new owner → INIT_HELD …; answered on failure */
  /* from pid 1 */
  INIT_READY,    /* value: INIT_MAGIC; [root directory] */
  INIT_LAUNCHED, /* pid and [pidfd], or value: errno and pid: enum launch_stage, negative */
  INIT_EXITED,   /* pid, value: wait status */
  INIT_ASK,      /* pid: label's id, value: enum asked, argc: place; then a path, or an address and a port */
  INIT_PLACED,   /* value: 0 or an errno value */
  INIT_ENDED,    /* pid: label's id: every process with it has ended */
  INIT_HELD,     /* pid: label's id; [mounts, listener]: for the time that the view is suspended */
  /* to pid 1; a suspended one may be of before these, so they come last */
  INIT_ATTACH,   /* a new owner's first: value: whether the view was restored, and not only let go on */
  INIT_WAKE,     /* what INIT_HELD was; with a pid of 0 after the last */
  INIT_JOIN,     /* pid: label's id; [cgroup.procs …]: to enter */
  INIT_REFRESH,  /* reduced mode: the host has changed */
};

/* What a program with a label wants to do. */
enum asked {
  ASKED_READ = 1,
  ASKED_WRITE,
  ASKED_CONNECT,
  ASKED_BIND,
  ASKED_CONNECTION, /* it is connected already: shall it stay? */
};

enum launch_stage {
  LAUNCH_FAILED_FORK = -1,
  LAUNCH_FAILED_CWD = -2,
  LAUNCH_FAILED_EXEC = -3,
  LAUNCH_FAILED_LABEL = -4, /* what its label asks for could not be set up */
};

struct init_message {
  uint32_t verb;
  uint32_t serial; /* of the request; an answer carries it back */
  int32_t  pid;
  int32_t  value;
  /* INIT_LAUNCH: then follow cwd, log ("" for none), argv, env and rules, each NUL-terminated. A rule is what the program's
   * label means here: "id:NUMBER", "place:LEVEL:/PATH" with level n (nothing yet: ask), r (reading) or w (writing, too),
   * "net:ask", "scope:signal", "scope:abstract", "limit:memory:BYTES", "limit:processes:NUMBER", "join" (the last descriptor is a cgroup.procs to enter; it is not passed on). */
  uint32_t argc, envc;
  uint32_t rulec;
  uint32_t reserved;
};

/* In a view: what belongs to pid 1. */
#define INIT_PATH "/run/domicile/init"       /* its program, where the view can be suspended */
#define LOG_PATH "/run/domicile/log"         /* the workspace's folder for what programs say */
#define LIVE_BUNDLES "/run/domicile/bundles"  /* bundles that came while the view stood */
#define CONTROL_PATH "/run/domicile/control" /* a SEQPACKET socket, while it has no client */

/**
 * wire_send:
 * @data: (array length=size): one message
 * @fds: (array length=n_fds): descriptors that go with it; the caller keeps its own
 * @flags: as for sendmsg(2); MSG_NOSIGNAL is added
 *
 * Returns: 0, or -1 with errno
 */
int wire_send (int socket, const void *data, size_t size, const int *fds, unsigned n_fds, int flags);

/**
 * wire_receive:
 * @fds: (out) (array): room for WIRE_MAX_FDS descriptors, close-on-exec; unused ones become -1
 * @n_fds: (out): how many came
 *
 * Receives one message. A message that is longer than @size, or carries too many descriptors, is EMSGSIZE.
 *
 * Returns: its length, 0 when the peer is gone, or -1 with errno
 */
long wire_receive (int socket, void *data, size_t size, int *fds, unsigned *n_fds, int flags);

void wire_close_fds (int *fds, unsigned n_fds);

/* Notes @error and a phrase in @fault. Always returns -1, so that a step can end with it. */
int wire_fail (struct wire_fault *fault, int error, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "vault/vault.h"

G_BEGIN_DECLS

typedef enum {
  DMC_VIEW_NETWORK_HOST, /* the host's */
  DMC_VIEW_NETWORK_NONE, /* one of its own, with a loopback interface */
  DMC_VIEW_NETWORK_NAT,  /* the same, for the caller to put a translator on: dmc_view_get_network() */
} DmcViewNetwork;

/**
 * DmcViewConfig:
 * @vault: (not nullable): the open vault; full mode if it has a helper, reduced mode if not
 * @name: workspace name; its host name inside is made from it
 * @user: login name; HOME inside is /home/@user
 * @display: whether the X server's socket directory is shown inside
 * @isolated: whether the workspace's own base system lies below it, and not the host's root; full mode only
 * @suspendable: whether it may be suspended later; in full mode only, else without effect
 * @image: 0, or an open image of dmc_view_suspend_call_async() from which it comes back instead of being new
 * @carried: whether files that the workspace has carried along lie below it, in CARRIED_FILES; only with @image
 * @xauthority: (nullable): path of an X authority file to copy in (inside it is $XAUTHORITY)
 * @network: the network that its programs have
 * @made_network: (nullable) (array fixed-size=2): that network, from network_open() of open.h; NULL to have it made
 * @rules: (nullable) (array zero-terminated=1): what to do about paths: enum rule_kind of wire.h and the path, and after a
 *   RULE_REDIRECT its source
 * @shared: (array length=n_shared): what RULE_SHARE and RULE_SHARE_WRITABLE share, opened, in their order
 *
 * What a view is built from. All strings are copied.
 */
typedef struct {
  DmcVault   *vault;
  const char *name;
  const char *user;
  gboolean    display;
  gboolean    isolated;
  gboolean    suspendable;
  int         image;
  gboolean    carried;
  const char *xauthority;
  DmcViewNetwork     network;
  const int         *made_network;
  const char *const *rules;
  const int         *shared;
  guint              n_shared;
} DmcViewConfig;

/**
 * DmcProcess:
 * @pid: in the workspace
 * @host_pid: on the host
 * @ppid: in the workspace; 0 or 1 when it was started by, or has been left to, pid 1
 * @argv: as it is now, never empty
 * @cpu_time_ns: user and system time
 * @memory_kib: resident set
 * @start_ticks: start time since boot in clock ticks; with @host_pid it names a process for good
 */
typedef struct {
  int      pid;
  int      host_pid;
  int      ppid;
  char   **argv;
  guint64  cpu_time_ns;
  guint64  memory_kib;
  guint64  start_ticks;
} DmcProcess;

void dmc_process_free (DmcProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcProcess, dmc_process_free)

/**
 * DmcView:
 *
 * A workspace's root, its namespaces, and pid 1 in them, which starts programs on request. Signals:
 *   "exited" (int pid, int wait_status)   a program started by dmc_view_launch_async() has ended
 *   "asked" (guint serial, guint id, int kind, guint place, const char *text)   a program with a label wants something:
 *     enum asked of wire.h; answer with dmc_view_answer()
 *   "label-ended" (guint id)   every process that was started with that label, and theirs, has ended
 *   "gone" ()                             pid 1 has ended; every process of the view with it; sent once
 * The view ends by itself when this process dies.
 */
#define DMC_TYPE_VIEW (dmc_view_get_type ())
G_DECLARE_FINAL_TYPE (DmcView, dmc_view, DMC, VIEW, GObject)

/* Errors: DMC_ERROR_UNSUPPORTED (data "needs"), DMC_ERROR_DENIED, DMC_ERROR_IO (names the step that failed).
 * A failed open leaves nothing behind. */
void     dmc_view_open_async (const DmcViewConfig *config,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data);
DmcView *dmc_view_open_finish (GAsyncResult *result, GError **error);

/**
 * dmc_view_launch_async:
 * @argv: (array zero-terminated=1): the program and its arguments; without a slash it is looked up in PATH of @env
 * @env: (nullable): its whole environment; NULL for dmc_view_get_environ()
 * @cwd: (nullable): inside; NULL for HOME
 * @fds: its descriptors 0, 1, 2, 3 ...; duplicated, so the caller keeps its own; missing ones of 0 to 2 are /dev/null
 * @n_fds: at most 16
 *
 * Starts a program in a session of its own. Errors: DMC_ERROR_NOT_FOUND (no such program), DMC_ERROR_DENIED
 * (not executable), DMC_ERROR_RESOURCE, DMC_ERROR_STATE (the view is closing or gone), DMC_ERROR_IO.
 */
void     dmc_view_launch_async (DmcView             *self,
                                const char * const  *argv,
                                const char * const  *env,
                                const char          *cwd,
                                const int           *fds,
                                guint                n_fds,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
/* As dmc_view_launch_async(), for a program that outlives a suspension: nothing of it is open outside. What it writes to 1
 * and 2 goes to the file @log of the workspace's log folder, and @fds become its descriptors 3, 4 ... */
void     dmc_view_launch_logged_async (DmcView             *self,
                                       const char * const  *argv,
                                       const char * const  *env,
                                       const char          *cwd,
                                       const char          *log,
                                       const int           *fds,
                                       guint                n_fds,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
/* @pid: (out): in the workspace. @host_pid: (out) (optional). Any "exited" for it comes after this. */
gboolean dmc_view_launch_finish (DmcView *self, GAsyncResult *result, int *pid, int *host_pid, GError **error);

/**
 * DmcViewLabel:
 * @rules: (array zero-terminated=1): what the program's label means in the view; see struct init_message in wire.h
 * @joins: (array length=n_joins): cgroup.procs files, open for writing, that the program enters before it runs
 */
typedef struct {
  const char *const *rules;
  const int         *joins;
  guint              n_joins;
} DmcViewLabel;

/* As dmc_view_launch_logged_async(), for a program with a label; same finish. What cannot be set up is
 * DMC_ERROR_UNSUPPORTED. */
void dmc_view_launch_labelled_async (DmcView             *self,
                                     const char *const   *argv,
                                     const char *const   *env,
                                     const char          *cwd,
                                     const char          *log,
                                     const DmcViewLabel  *label,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);

/* Answers the signal "asked": 0, or the errno value that the program gets. A question that is no more is ignored. */
void     dmc_view_answer (DmcView *self, guint serial, int error_number);
/* Gives place @place of the label @id the @level 'n', 'r' or 'w'. DMC_ERROR_STATE: its files are in use.
 * DMC_ERROR_NOT_FOUND: every process with that label has ended. */
void     dmc_view_set_place_async (DmcView *self, guint id, guint place, char level, GAsyncReadyCallback callback, gpointer user_data);
gboolean dmc_view_set_place_finish (DmcView *self, GAsyncResult *result, GError **error);
/* Asks about each connection that is open; what is denied is shut down. When it is finished, all have been asked about. */
void     dmc_view_ask_connections_async (DmcView *self, guint id, GAsyncReadyCallback callback, gpointer user_data);
gboolean dmc_view_ask_connections_finish (DmcView *self, GAsyncResult *result, GError **error);
/**
 * dmc_view_mount_async:
 * @name: a name in LIVE_BUNDLES of wire.h
 * @mount: a detached mount; duplicated
 *
 * Attaches a mount in the view. DMC_ERROR_IO.
 */
void     dmc_view_mount_async (DmcView *self, const char *name, int mount, GAsyncReadyCallback callback, gpointer user_data);
/* Takes it out again. DMC_ERROR_STATE: its files are in use. */
void     dmc_view_unmount_async (DmcView *self, const char *name, GAsyncReadyCallback callback, gpointer user_data);
gboolean dmc_view_mount_finish (DmcView *self, GAsyncResult *result, GError **error); /* of both */
/* Puts every process of the label @id into control groups again, of which a resume has taken it out; it is done when the view
 * has settled. @joins: as in DmcViewLabel */
void     dmc_view_join_label (DmcView *self, guint id, const int *joins, guint n_joins);
/* Finishes when pid 1 has done all that it was asked for before, also that which it gives no answer to. */
void     dmc_view_settle_async (DmcView *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dmc_view_settle_finish (DmcView *self, GAsyncResult *result, GError **error);
/* Ends every process of the label @id. */
void     dmc_view_kill_label (DmcView *self, guint id);

/* Every process of the view but pid 1, children and orphans too, by rising pid. */
GPtrArray *dmc_view_list_processes (DmcView *self, GError **error);

/* Sends signal @sig to @pid (in the workspace), or to every process of it with @pid -1. The answer comes at once:
 * a process that is not there is DMC_ERROR_NOT_FOUND only where list_processes() does not have it. */
gboolean dmc_view_signal (DmcView *self, int pid, int sig, GError **error);

/**
 * dmc_view_close_async:
 * @grace_ms: how long programs have after SIGTERM (and SIGHUP) before SIGKILL; 0 kills at once
 *
 * Stops every process, waits until pid 1 is gone and the mounts with it. Calling it on a view that is gone is fine.
 */
void     dmc_view_close_async (DmcView             *self,
                               guint                grace_ms,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data);
gboolean dmc_view_close_finish (DmcView *self, GAsyncResult *result, GError **error);

/* Whether dmc_view_close_async() has been called, and the view is not gone yet. */
gboolean    dmc_view_is_closing (DmcView *self);
gboolean    dmc_view_is_reduced (DmcView *self);
/* Host pid of pid 1. */
int         dmc_view_get_init_pid (DmcView *self);
/* The root directory as programs inside see it; owned by @self, gone when it closes. Resolve below it with openat2()
 * and RESOLVE_IN_ROOT (dmc_view_open_file()), because absolute links lead to the host otherwise. */
int         dmc_view_get_root_fd (DmcView *self);
/* Opens a file or directory inside for reading, links followed as inside. Returns a descriptor to close, or -1. */
int         dmc_view_open_file (DmcView *self, const char *path, GError **error);
/* The same as a place (O_PATH): for what cannot be read, such as a socket, by way of /proc/self/fd. */
int         dmc_view_open_path (DmcView *self, const char *path, GError **error);
/* Connects to the stream socket @path inside. Returns a descriptor to close, or -1. */
int         dmc_view_connect (DmcView *self, const char *path, GError **error);
/* (transfer full) (array zero-terminated=1): HOME, USER, PATH, XDG_RUNTIME_DIR, LANG; DISPLAY and XAUTHORITY with display */
char      **dmc_view_get_environ (DmcView *self);

/* (nullable) (array fixed-size=2) (transfer none): the user namespace and the network of its own; %NULL on the host's */
const int  *dmc_view_get_network (DmcView *self);

/* Whether this host can build a reduced view; DMC_ERROR_UNSUPPORTED with "needs" and a hint if not. */
gboolean dmc_view_probe_reduced (GError **error);

G_END_DECLS

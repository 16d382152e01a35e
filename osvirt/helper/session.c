/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/session-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/group.h"
#include "launcher/fuse.h"
#include "launcher/names.h"
#include "launcher/overlay.h"
#include "launcher/refresh.h"
#include "launcher/seed.h"
#include "launcher/workdir.h"

enum { DETACH_TIMEOUT_MS = 10000, CLOSE_TIMEOUT_MS = 10000 };

static void
reap_view (struct session *session)
{
  if (session->view.pid > 0 && waitpid (session->view.pid, NULL, WNOHANG) == session->view.pid) {
    session->view.pid = -1;
    close_fd (&session->view.pidfd);
    close_fd (&session->view.stage);
    rules_close (&session->shares);
    suspend_forget (session);
  }
}

static int
mount_fuse (struct session *session, struct call *call, struct wire_fault *fault)
{
  int device, mount;

  if (session->fuse >= 0 || session->loop.path[0] != '\0')
    return wire_fail (fault, EALREADY, "this connection has a vault");
  mount = fuse_mount_file (session->owner->uid, session->owner->gid, &device, fault);
  if (mount < 0)
    return -1;
  session->fuse = fcntl (mount, F_DUPFD_CLOEXEC, 3);
  call->answer_fds[call->n_answer_fds++] = device;
  call->answer_fds[call->n_answer_fds++] = mount;
  return 0;
}

static int
attach_vault (struct session *session, struct call *call, struct wire_fault *fault)
{
  int device, root;

  if (session->fuse < 0)
    return wire_fail (fault, EINVAL, "this connection has no file to attach");
  device = loop_attach (&session->loop, session->fuse, session->owner->uid, session->owner->gid, fault);
  close_fd (&session->fuse);
  if (device < 0)
    return -1;
  root = loop_mount (&session->loop, session->owner->vault_ids, fault);
  close (device);
  if (root < 0) {
    struct wire_fault ignored;

    loop_wait_free (&session->loop, DETACH_TIMEOUT_MS, &ignored);
    return -1;
  }
  call->answer_fds[call->n_answer_fds++] = root;
  return 0;
}

/* The bundles beside the layers are the view's now, or else nobody's, and in no vault's way when this returns. */
static void
release_beside (struct session *session)
{
  struct wire_fault ignored;

  for (unsigned i = 0; i < session->beside.n; i++)
    close_fd (&session->beside.mounts[i]);
  for (unsigned i = 0; i < session->beside.n && session->view.pid <= 0; i++)
    loop_wait_free (&session->beside_loops[i], DETACH_TIMEOUT_MS, &ignored);
  session->beside.n = 0;
}

static int
detach_vault (struct session *session, struct call *call, struct wire_fault *fault)
{
  close_fd (&session->fuse);
  release_beside (session);
  return loop_wait_free (&session->loop, DETACH_TIMEOUT_MS, fault);
}

/* A folder counts only if nobody but its owner can look into it: what a view writes there may be set-user-id, and must not
 * be within reach of another user of the host. */
static int
check_folder (const struct session *session, int folder, struct wire_fault *fault)
{
  struct stat info;

  if (fstat (folder, &info) != 0 || !S_ISDIR (info.st_mode))
    return wire_fail (fault, ENOTDIR, "the workspace is not a directory");
  if (info.st_uid != session->owner->uid)
    return wire_fail (fault, EPERM, "the workspace's folder belongs to another user");
  if ((info.st_mode & 077) != 0)
    return wire_fail (fault, EPERM, "the workspace's folder is open to other users (mode %04o; it must be 0700)",
                      info.st_mode & 07777);
  return 0;
}

static int
mount_workspace (struct session *session, struct call *call, unsigned *taken, struct wire_fault *fault)
{
  const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  int mount;

  *taken = 0;
  if (call->request.flags & VIEW_IN_VAULT) {
    if (session->loop.path[0] == '\0')
      return wire_fail (fault, EINVAL, "this connection has no vault");
    return loop_mount (&session->loop, session->owner->view_ids, fault);
  }
  if (call->n_fds < 1)
    return wire_fail (fault, EINVAL, "no workspace was given");
  *taken = 1;
  if (check_folder (session, call->fds[0], fault) != 0)
    return -1;
  mount = mount_clone (call->fds[0], "", false, fault);
  if (mount >= 0 && mount_set (mount, attributes, session->owner->folder_ids, false, fault) != 0) {
    close_fd (&mount);
    return wire_fail (fault, EOPNOTSUPP, "the file system of the workspace's folder cannot map user ids");
  }
  return mount;
}

/* The base system that lies in the workspace, as the lower layer of a view. */
static int
mount_base (struct session *session, int workspace, struct wire_fault *fault)
{
  int image = open_beneath (workspace, BASE_IMAGE, O_RDONLY), device, mount;
  struct stat info;

  if (image < 0 || fstat (image, &info) != 0 || !S_ISREG (info.st_mode)) {
    wire_fail (fault, image < 0 ? errno : EINVAL, "opening the workspace's base system");
    close_fd (&image);
    return -1;
  }
  device = loop_attach_readonly (&session->base, image, fault);
  close (image);
  if (device < 0)
    return -1;
  mount = loop_mount_base (&session->base, session->owner->view_ids, fault);
  close (device);
  if (mount < 0 && fault->error == EINVAL)
    wire_fail (fault, EUCLEAN, "the workspace's base system is no EROFS image of this kernel's");
  return mount;
}

static int
wait_layers_free (struct session *session)
{
  struct wire_fault ignored;
  int bundles = bundles_wait_free (&session->bundles, DETACH_TIMEOUT_MS);

  return loop_wait_free (&session->base, DETACH_TIMEOUT_MS, &ignored) == 0 ? bundles : -1;
}

int
session_collect_view (struct session *session, struct call *call, struct view_parts *parts, struct wire_fault *fault)
{
  const struct helper_request *request = &call->request;

  *parts = (struct view_parts){
    .workspace = -1,
    .base = -1,
    .full = {
      .host = session->host,
      .workspace = &parts->workspace,
      .xauthority = -1,
      .network = -1,
      .display = (request->flags & VIEW_DISPLAY) != 0,
      .fail_step = session->test_faults ? request->fail_step : 0,
      .hostname = request->hostname,
      .user = request->user,
    },
  };
  if (session->view.pid > 0)
    return wire_fail (fault, EALREADY, "this connection has a view");
  if (!name_is_valid (request->hostname, sizeof request->hostname)
      || !name_is_valid (request->user, sizeof request->user))
    return wire_fail (fault, EINVAL, "the host name or the user name is not one");
  parts->workspace = mount_workspace (session, call, &parts->taken, fault);
  if (parts->workspace < 0)
    return -1;
  bundles_mount (&session->bundles, parts->workspace, session->owner->view_ids, &session->beside);
  parts->full.bundles = session->bundles.mounts;
  parts->full.n_bundles = session->bundles.n;
  if ((request->flags & VIEW_ISOLATED) == 0)
    return 0;
  parts->base = mount_base (session, parts->workspace, fault);
  parts->full.base = &parts->base;
  return parts->base < 0 ? -1 : 0;
}

void
session_release_view (struct session *session, struct view_parts *parts, bool failed)
{
  close_fd (&parts->workspace);
  close_fd (&parts->base);
  if (parts->full.rules != NULL)
    rules_close (&parts->rules);
  bundles_close (&session->bundles);
  release_beside (session);
  if (failed)
    wait_layers_free (session);
}

void
session_answer_view (struct session *session, struct call *call)
{
  call->pid = session->view.pid;
  call->answer_fds[call->n_answer_fds++] = fcntl (session->view.pidfd, F_DUPFD_CLOEXEC, 3);
  if (session->view.control >= 0)
    call->answer_fds[call->n_answer_fds++] = session->view.control;
  session->view.control = -1;
  call->work = session->view.work;
  session->view.work = -1;
}

/* Once more, because those of the view are moved into it. */
static int
keep_shares (struct session *session, const struct call *call, unsigned taken, struct wire_fault *fault)
{
  rules_close (&session->shares);
  memcpy (session->rules, call->request.rules, sizeof session->rules);
  if (rules_parse (session->rules, call->fds + taken, call->n_fds - taken, &session->shares, fault) == 0
      && rules_mount (&session->shares, session->owner->folder_ids, fault) == 0)
    return 0;
  session->shares.n = 0;
  return -1;
}

int
session_collect_bindings (struct session *session, struct call *call, struct view_parts *parts, struct wire_fault *fault)
{
  if (call->request.flags & VIEW_NETWORK) {
    if (call->n_fds < parts->taken + 2)
      return wire_fail (fault, EINVAL, "no network was given");
    parts->full.network = call->fds[parts->taken + 1];
    parts->full.name_server = call->request.flags & VIEW_NAT ? NAT_NAME_SERVER : "";
    parts->taken += 2;
  }
  if ((call->request.flags & VIEW_SUSPENDABLE) != 0 && keep_shares (session, call, parts->taken, fault) != 0)
    return -1;
  if (rules_parse (call->request.rules, call->fds + parts->taken, call->n_fds - parts->taken, &parts->rules, fault) != 0
      || rules_mount (&parts->rules, session->owner->folder_ids, fault) != 0)
    return -1;
  parts->taken += rules_count_shared (&parts->rules);
  parts->full.rules = &parts->rules;
  parts->full.rules_text = call->request.rules;
  return 0;
}

/* Programs may be asked for before the client knows that there is a view, and shall be where it is. */
static void
join_client (pid_t pid, void *data)
{
  const struct session *session = data;

  group_join_client (pid, session->socket, session->owner->uid);
}

static int
open_view (struct session *session, struct call *call, struct wire_fault *fault)
{
  const uint32_t flags = call->request.flags;
  struct view_parts parts;
  int control = take_control (call->fds, &call->n_fds, fault), result;

  if (control < 0)
    return -1;
  result = session_collect_view (session, call, &parts, fault);
  parts.full.control = control;
  parts.full.born = join_client;
  parts.full.data = session;
  if (result == 0)
    result = session_collect_bindings (session, call, &parts, fault);
  if ((flags & VIEW_XAUTHORITY) && call->n_fds > parts.taken)
    parts.full.xauthority = call->fds[parts.taken];
  parts.full.suspendable = (flags & VIEW_SUSPENDABLE) != 0 && session->host->init >= 0;
  parts.full.seed = &session->seed;
  if (result == 0)
    result = full_open (&parts.full, &session->view, fault);
  session_release_view (session, &parts, result != 0);
  close (control);
  if (result == 0)
    session_answer_view (session, call);
  if (result == 0 && !parts.full.suspendable) {
    call->leftover = session->view.stage;
    session->view.stage = -1;
  }
  return result;
}

/* The bundle whose image a call brings, detached, or -1. */
static int
mount_bundle (struct session *session, struct loop *loop, struct call *call, struct wire_fault *fault)
{
  int device, mount;

  if (call->n_fds != 1)
    return wire_fail (fault, EINVAL, "no image was given");
  device = loop_attach_given (loop, call->fds[0], session->owner->uid, session->owner->gid, fault);
  if (device < 0)
    return -1;
  mount = loop_mount_base (loop, session->owner->view_ids, fault);
  close (device);
  if (mount >= 0 && mount_set (mount, MOUNT_ATTR_NOSUID, -1, false, fault) != 0)
    close_fd (&mount);
  if (mount < 0 && fault->error == EINVAL)
    wire_fail (fault, EUCLEAN, "the bundle holds no EROFS image of this kernel's");
  return mount;
}

/* For a view that stands already, whose pid 1 attaches it. */
static int
mount_image (struct session *session, struct call *call, struct wire_fault *fault)
{
  int mount;

  if (session->image.path[0] != '\0')
    return wire_fail (fault, EALREADY, "this connection has an image");
  mount = mount_bundle (session, &session->image, call, fault);
  if (mount >= 0)
    call->answer_fds[call->n_answer_fds++] = mount;
  return mount >= 0 ? 0 : -1;
}

/* For a view that is to come back with it. */
static int
keep_image (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct beside *beside = &session->beside;
  const size_t length = strnlen (call->request.rules, sizeof call->request.rules);

  if (session->view.pid > 0)
    return wire_fail (fault, EALREADY, "this connection has a view");
  if (length == 0 || length > NAME_MAX || strchr (call->request.rules, '/') != NULL)
    return wire_fail (fault, EINVAL, "the name of a bundle is not one");
  if (beside->n == MAX_BESIDE)
    return wire_fail (fault, ENOSPC, "too many bundles are beside the workspace's layers");
  beside->mounts[beside->n] = mount_bundle (session, &session->beside_loops[beside->n], call, fault);
  if (beside->mounts[beside->n] < 0)
    return -1;
  memcpy (beside->names[beside->n++], call->request.rules, length + 1);
  return 0;
}

static int
kill_view (struct session *session, struct call *call, struct wire_fault *fault)
{
  if (session->view.pid > 0)
    kill (session->view.pid, SIGKILL);
  return 0;
}

static int
close_view (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct pollfd polled = { session->view.pidfd, POLLIN, 0 };

  if (session->view.pid > 0 && poll (&polled, 1, CLOSE_TIMEOUT_MS) == 0)
    return wire_fail (fault, EBUSY, "pid 1 of the workspace does not end");
  reap_view (session);
  return wait_layers_free (session) == 0 ? 0 : wire_fail (fault, EBUSY, "the images of the workspace are still in use");
}

static int
hello (struct session *session, struct call *call, struct wire_fault *fault)
{
  return 0;
}

static int
dispatch (struct session *session, struct call *call, struct wire_fault *fault)
{
  static int (*const handlers[]) (struct session *, struct call *, struct wire_fault *) = {
    [HELPER_HELLO] = hello,
    [HELPER_FUSE_MOUNT] = mount_fuse,
    [HELPER_VAULT_ATTACH] = attach_vault,
    [HELPER_VAULT_DETACH] = detach_vault,
    [HELPER_VIEW_OPEN] = open_view,
    [HELPER_VIEW_KILL] = kill_view,
    [HELPER_VIEW_CLOSE] = close_view,
    [HELPER_SUSPEND_PROBE] = suspend_probe,
    [HELPER_SUSPEND_CHECK] = suspend_check,
    [HELPER_SUSPEND_DUMP] = suspend_dump,
    [HELPER_SUSPEND_TRY] = suspend_try,
    [HELPER_SUSPEND_FILES] = suspend_files,
    [HELPER_SUSPEND_PACK] = suspend_pack,
    [HELPER_SUSPEND_KEEP] = suspend_keep,
    [HELPER_SUSPEND_UNDO] = suspend_undo,
    [HELPER_VIEW_RESUME] = suspend_resume,
    [HELPER_IMAGE_MOUNT] = mount_image,
    [HELPER_IMAGE_KEEP] = keep_image,
  };
  const uint32_t verb = call->request.verb;

  if (verb >= sizeof handlers / sizeof handlers[0] || handlers[verb] == NULL)
    return wire_fail (fault, ENOSYS, "no such request");
  /* Who waits for a file that the client serves would wait for ever if it had the other end of it itself. */
  if (verb != HELPER_VIEW_OPEN && verb != HELPER_VIEW_RESUME && verb != HELPER_SUSPEND_PACK && verb != HELPER_IMAGE_MOUNT
      && verb != HELPER_IMAGE_KEEP) {
    wire_close_fds (call->fds, call->n_fds);
    call->n_fds = 0;
  }
  return handlers[verb](session, call, fault);
}

/* Serves one message; false when the client has left or speaks something else. */
static bool
serve (struct session *session)
{
  struct call call = { .answer_fds = { -1, -1 }, .leftover = -1, .work = -1 };
  struct helper_reply reply = { .magic = WIRE_MAGIC };
  long length = wire_receive (session->socket, &call.request, sizeof call.request, call.fds, &call.n_fds, 0);
  bool known = length == (long) sizeof call.request && call.request.magic == WIRE_MAGIC;

  if (known) {
    reply.verb = call.request.verb;
    /* A fault that was borne on the way is none. */
    if (dispatch (session, &call, &reply.fault) == 0)
      reply.fault.error = 0;
    reply.pid = call.pid;
    wire_send (session->socket, &reply, sizeof reply, call.answer_fds, call.n_answer_fds, 0);
  } else if (length != 0)
    fprintf (stderr, "domicile-helper: a client of uid %u sent something that is no request; it is let go\n",
             session->owner->uid);
  wire_close_fds (call.fds, call.n_fds);
  wire_close_fds (call.answer_fds, call.n_answer_fds);
  close_fd (&call.leftover);
  workdir_clean (call.work);
  close_fd (&call.work);
  return known;
}

/* The host has changed: the view looks again. */
static void
refresh_view (const struct session *session, int signals)
{
  struct signalfd_siginfo info;
  char root[32], mounts[32];
  int fd;

  if (read (signals, &info, sizeof info) < 0 || session->view.pid <= 0)
    return;
  snprintf (root, sizeof root, "/proc/%d/root", session->view.pid);
  snprintf (mounts, sizeof mounts, "/proc/%d/mountinfo", session->view.pid);
  fd = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    view_refresh (fd, mounts);
  close_fd (&fd);
}

static int
hear_signals (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SESSION_REFRESH);
  return signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A change of ids, as building a view makes, takes the kernel's promise to end us with our parent back. */
static void
tie_to_helper (pid_t helper)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != helper)
    _exit (1);
}

void
session_run (int socket, pid_t helper, const struct owner *owner, const struct host *host, const char *criu,
             const struct seed *seed, int served, bool test_faults)
{
  struct session session = {
    .socket = socket, .owner = owner, .host = host, .criu = criu, .test_faults = test_faults, .fuse = -1,
    .seed = *seed, .view = NO_VIEW, .suspension = { .image = -1, .trial = -1, .ahead = NO_ARCHIVE_AHEAD },
  };
  const int signals = hear_signals ();
  bool going = true;

  prctl (PR_SET_NAME, "helper-session");
  /* File-system ids change to the view's and back without losing capabilities on the way. */
  if (prctl (PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0)
    _exit (1);
  while (going) {
    struct pollfd polled[] = { { socket, POLLIN, 0 }, { session.view.pidfd, POLLIN, 0 }, { signals, POLLIN, 0 } };

    tie_to_helper (helper);
    if (poll (polled, 3, -1) < 0 && errno != EINTR)
      break;
    if (polled[2].revents != 0)
      refresh_view (&session, signals);
    if (polled[1].revents != 0)
      reap_view (&session);
    if (polled[0].revents == 0)
      continue;
    going = serve (&session);
    /* Not before: who builds a view and who gets ready for the next wait for each other's mounts. */
    if (served >= 0 && write (served, "", 1) == 1)
      close_fd (&served);
  }
  /* The view dies with this process; waiting for it makes "the session is gone" mean "the view is gone". */
  if (session.view.pid > 0) {
    kill (session.view.pid, SIGKILL);
    waitpid (session.view.pid, NULL, 0);
  }
  seed_drop (&session.seed);
  _exit (0);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of suspension. Nothing that the client says chooses a program, a path or a process: it says only “now”. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/group.h"
#include "helper/session-parts.h"
#include "launcher/seed.h"
#include "suspend/archive.h"
#include "suspend/criu.h"
#include "suspend/files.h"
#include "suspend/inspect.h"
#include "suspend/netlink.h"
#include "suspend/obstacles.h"

enum { DUMPS = 3, READY_TIMEOUT_MS = 60000, MAX_STOPPED = 65536 };

/* In the image: the processes that are to stay stopped when it is resumed. */
#define STOPPED "stopped"

static struct criu
criu_of (const struct session *session)
{
  return (struct criu){
    .program = session->criu, .stage = session->view.stage, .image = session->suspension.image, .init = session->view.pid,
    .network = -1, .shares = &session->shares,
  };
}

static int
require_view (const struct session *session, struct wire_fault *fault)
{
  if (session->view.pid > 0 && session->view.stage >= 0)
    return 0;
  return wire_fail (fault, EINVAL, session->view.pid > 0 ? "the workspace was not opened so that it can be suspended"
                                                         : "this connection has no view");
}

static int
require_image (const struct session *session, struct wire_fault *fault)
{
  if (require_view (session, fault) != 0)
    return -1;
  return session->suspension.image >= 0 ? 0 : wire_fail (fault, EINVAL, "nothing has been saved");
}

/* Asked once for a client, as starting the program takes its time. */
static int
require_criu (struct session *session, struct wire_fault *fault)
{
  if (!session->criu_fits && criu_probe (session->criu, fault) != 0)
    return -1;
  session->criu_fits = true;
  return 0;
}

/* Calls @write with a stream; what it writes goes to the client. */
static int
answer_text (struct call *call, void (*write) (const struct tree *tree, FILE *out), const struct tree *tree,
             struct wire_fault *fault)
{
  int text = memfd_create ("answer", MFD_CLOEXEC), copy = text >= 0 ? fcntl (text, F_DUPFD_CLOEXEC, 3) : -1;
  FILE *out = copy >= 0 ? fdopen (copy, "w") : NULL;

  if (out == NULL) {
    close_fd (&text);
    close_fd (&copy);
    return wire_fail (fault, errno, "answering");
  }
  write (tree, out);
  fclose (out);
  lseek (text, 0, SEEK_SET);
  call->answer_fds[call->n_answer_fds++] = text;
  return 0;
}

int
suspend_probe (struct session *session, struct call *call, struct wire_fault *fault)
{
  return (call->request.flags & SUSPEND_ASK_KERNEL) != 0 ? criu_check (session->criu, fault) : criu_probe (session->criu, fault);
}

int
suspend_check (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct tree tree;
  int result;

  if (require_view (session, fault) != 0 || require_criu (session, fault) != 0
      || tree_read (session->view.pid, &tree, fault) != 0)
    return -1;
  result = answer_text (call, obstacles_write, &tree, fault);
  tree_free (&tree);
  return result;
}

/* --- saving --------------------------------------------------------------------------------------------------------------- */

/* Those that the user has stopped stay so when the others go on. */
static void
keep_stopped (struct tree *tree)
{
  size_t kept = 0;
  char state[32];

  for (size_t i = 0; i < tree->count; i++)
    if (tree_field (tree->list[i].pid, "status", "State:", state, sizeof state)[0] == 'T')
      tree->list[kept++] = tree->list[i];
  tree->count = kept;
}

/* All others of now: what was started until CRIU stopped everything is there, too. */
static void
let_go_on (pid_t init, const struct tree *stopped, int image)
{
  struct tree tree;
  struct wire_fault ignored;

  if (tree_read (init, &tree, &ignored) != 0)
    return;
  netlink_unmute (&tree, image);
  for (size_t i = 0; i < tree.count; i++) {
    bool by_user = false;

    for (size_t k = 0; k < stopped->count; k++)
      by_user |= stopped->list[k].inside == tree.list[i].inside;
    if (!by_user)
      kill (tree.list[i].pid, SIGCONT);
  }
  tree_free (&tree);
}

static int
stopped_write (int image, const struct tree *stopped, struct wire_fault *fault)
{
  int fd = openat (image, STOPPED, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  FILE *out = fd >= 0 ? fdopen (fd, "w") : NULL;

  for (size_t i = 0; out != NULL && i < stopped->count; i++)
    fprintf (out, "%d\n", stopped->list[i].inside);
  return out != NULL && fclose (out) == 0 ? 0 : wire_fail (fault, errno, "noting what is stopped");
}

/* Only their numbers inside are known. */
static int
stopped_read (int image, struct tree *stopped, struct wire_fault *fault)
{
  int fd = openat (image, STOPPED, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), inside;
  FILE *in = fd >= 0 ? fdopen (fd, "r") : NULL;

  while (in != NULL && stopped->count < MAX_STOPPED && fscanf (in, "%d", &inside) == 1) {
    struct tree_process *larger = reallocarray (stopped->list, stopped->count + 1, sizeof *larger);

    if (larger == NULL)
      break;
    stopped->list = larger;
    larger[stopped->count++] = (struct tree_process){ .inside = inside };
  }
  if (in != NULL)
    fclose (in);
  return in != NULL || errno == ENOENT ? 0 : wire_fail (fault, EBADMSG, "the image does not tell what was stopped");
}

static int
mute_and_dump (struct session *session, struct call *call, bool again, struct wire_fault *fault)
{
  struct criu criu = criu_of (session);
  char network[64];
  struct tree tree;
  int result;

  if (tree_read (session->view.pid, &tree, fault) != 0)
    return -1;
  netlink_mute (&tree, criu.image);
  tree_free (&tree);
  criu.verbose = again;
  snprintf (network, sizeof network, "/proc/%d/ns/net", session->view.pid);
  criu.network = open (network, O_RDONLY | O_CLOEXEC);
  if (criu.network < 0)
    return wire_fail (fault, errno, "opening the network of the workspace");
  result = criu_dump (&criu, &call->pid, fault);
  close (criu.network);
  return result;
}

int
suspend_dump (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct suspension *own = &session->suspension;
  int result = -1;

  if (require_view (session, fault) != 0)
    return -1;
  if (own->image >= 0)
    return wire_fail (fault, EALREADY, "it has been saved");
  own->image = criu_new_image (fault);
  if (own->image < 0 || tree_read (session->view.pid, &own->stopped, fault) != 0)
    return -1;
  keep_stopped (&own->stopped);
  if (stopped_write (own->image, &own->stopped, fault) != 0)
    return -1;
  /* Again, because what a program or the host's network does meanwhile can make it fail, and to hear which program is in the way. */
  for (int i = 0; i < DUMPS && result != 0 && fault->error != EINTR; i++)
    result = mute_and_dump (session, call, i > 0, fault);
  return result;
}

static void
end_trial (struct suspension *own)
{
  if (own->trial <= 0)
    return;
  kill (own->trial, SIGKILL);
  waitpid (own->trial, NULL, 0);
  own->trial = -1;
}

int
suspend_try (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct criu criu = criu_of (session);

  if (require_image (session, fault) != 0)
    return -1;
  archive_ahead_begin (&session->suspension.ahead, criu.image);
  if (criu_restore (&criu, true, &session->suspension.trial, &call->pid, fault) != 0)
    return -1;
  end_trial (&session->suspension);
  return 0;
}

int
suspend_files (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct tree tree;
  int result;

  if (require_image (session, fault) != 0 || tree_read (session->view.pid, &tree, fault) != 0)
    return -1;
  result = answer_text (call, files_write, &tree, fault);
  tree_free (&tree);
  return result;
}

/* Anything else may never come to an end. */
static int
check_file (int fd, struct wire_fault *fault)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode) ? 0 : wire_fail (fault, EINVAL, "the image is not a file");
}

int
suspend_pack (struct session *session, struct call *call, struct wire_fault *fault)
{
  if (require_image (session, fault) != 0)
    return -1;
  if (call->n_fds != 1)
    return wire_fail (fault, EINVAL, "no file was given for the image");
  if (check_file (call->fds[0], fault) != 0)
    return -1;
  return archive_ahead_finish (&session->suspension.ahead, session->suspension.image, call->fds[0], fault);
}

void
suspend_forget (struct session *session)
{
  end_trial (&session->suspension);
  archive_ahead_end (&session->suspension.ahead);
  tree_free (&session->suspension.stopped);
  close_fd (&session->suspension.image);
}

int
suspend_keep (struct session *session, struct call *call, struct wire_fault *fault)
{
  if (require_image (session, fault) != 0)
    return -1;
  kill (session->view.pid, SIGKILL);
  suspend_forget (session);
  return 0;
}

/* --- the way back to pid 1 ------------------------------------------------------------------------------------------------ */

/* Connects to the socket at which pid 1 waits, and makes sure that it is pid 1 who listens there. */
static int
connect_init (pid_t init, bool restored, struct wire_fault *fault)
{
  const struct init_message attach = { .verb = INIT_ATTACH, .value = restored };
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct timeval patience = { .tv_sec = 10 };
  struct ucred peer = { .pid = -1 };
  socklen_t size = sizeof peer;
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  snprintf (address.sun_path, sizeof address.sun_path, "/proc/%d/root" CONTROL_PATH, init);
  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0
      || connect (fd, (struct sockaddr *) &address, sizeof address) != 0
      || getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != init) {
    int error = errno;

    close_fd (&fd);
    return wire_fail (fault, peer.pid != -1 ? EPERM : error, "reaching pid 1 of the workspace");
  }
  if (wire_send (fd, &attach, sizeof attach, NULL, 0, 0) != 0) {
    close_fd (&fd);
    return wire_fail (fault, errno, "speaking to pid 1 of the workspace");
  }
  patience.tv_sec = 0;
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
}

int
suspend_undo (struct session *session, struct call *call, struct wire_fault *fault)
{
  int control;

  if (require_view (session, fault) != 0)
    return -1;
  end_trial (&session->suspension);
  let_go_on (session->view.pid, &session->suspension.stopped, session->suspension.image);
  suspend_forget (session);
  control = connect_init (session->view.pid, false, fault);
  if (control < 0)
    return -1;
  call->answer_fds[call->n_answer_fds++] = control;
  return 0;
}

/* --- bringing back -------------------------------------------------------------------------------------------------------- */

/* CRIU leaves all of them in the helper's control group. */
static void
join_groups (const struct session *session)
{
  struct wire_fault ignored;
  struct tree tree;

  if (tree_read (session->view.pid, &tree, &ignored) != 0)
    return;
  for (size_t i = 0; i < tree.count; i++)
    group_join_client (tree.list[i].pid, session->socket, session->owner->uid);
  tree_free (&tree);
}

/* While pid 1 gives back to the others what a resume has taken from them, nobody else runs. */
static int
wake_init (struct session *session, struct wire_fault *fault)
{
  struct full_view *view = &session->view;
  struct pollfd polled = { .events = POLLIN };

  view->pidfd = (int) syscall (SYS_pidfd_open, view->pid, 0);
  if (view->pidfd < 0)
    return wire_fail (fault, errno, "watching pid 1");
  join_groups (session);
  kill (view->pid, SIGCONT);
  view->control = connect_init (view->pid, true, fault);
  polled.fd = view->control;
  if (view->control < 0)
    return -1;
  if (poll (&polled, 1, READY_TIMEOUT_MS) != 1)
    return wire_fail (fault, ETIMEDOUT, "pid 1 of the workspace does not get ready");
  return stopped_read (session->suspension.image, &session->suspension.stopped, fault);
}

/* Lets the image serve no more: what runs from it changes the files that it goes with. Until then it can be resumed again, should
 * the power fail; so it is not spent for a client that is gone. */
static int
spend (const struct session *session, int image, struct wire_fault *fault)
{
  struct pollfd client = { .fd = session->socket, .events = POLLRDHUP };
  struct stat info;

  if (poll (&client, 1, 0) != 0)
    return wire_fail (fault, ECANCELED, "nobody waits for it any more");
  if (fstat (image, &info) != 0 || !S_ISREG (info.st_mode) || info.st_uid != session->owner->uid)
    return wire_fail (fault, EPERM, "the image is no file of yours");
  if (fchmod (image, S_IRUSR) != 0 || fsync (image) != 0)
    return wire_fail (fault, errno, "noting that the image has served");
  return 0;
}

static int
restore (struct session *session, struct call *call, const struct view_parts *parts, int image, struct wire_fault *fault)
{
  struct full_view *view = &session->view;
  struct criu criu;

  session->suspension.image = criu_new_image (fault);
  if (session->suspension.image < 0 || archive_unpack (image, session->suspension.image, fault) != 0
      || image_inspect (session->suspension.image, fault) != 0)
    return -1;
  criu = criu_of (session);
  criu.network = parts->full.network;
  criu.beside = &session->beside;
  if (criu_restore (&criu, false, &view->pid, &call->pid, fault) != 0) {
    if (fault->error != EINTR)
      fault->error = ESTALE; /* nothing of it is in the way: it does not fit this host */
    return -1;
  }
  if (spend (session, image, fault) != 0 || wake_init (session, fault) != 0)
    return -1;
  let_go_on (view->pid, &session->suspension.stopped, session->suspension.image);
  return 0;
}

static void
kill_view (struct full_view *view)
{
  if (view->pid > 0) {
    kill (view->pid, SIGKILL);
    waitpid (view->pid, NULL, 0);
  }
  view->pid = -1;
  close_fd (&view->pidfd);
  close_fd (&view->control);
  close_fd (&view->stage);
  close_fd (&view->work);
}

int
suspend_resume (struct session *session, struct call *call, struct wire_fault *fault)
{
  struct view_parts parts;
  int result = session_collect_view (session, call, &parts, fault);

  seed_drop (&session->seed);
  if (result == 0)
    result = session_collect_bindings (session, call, &parts, fault);
  if (result == 0 && require_criu (session, fault) != 0)
    result = -1;
  if (result == 0 && call->n_fds <= parts.taken)
    result = wire_fail (fault, EINVAL, "no image was given");
  if (result == 0)
    result = check_file (call->fds[parts.taken], fault);
  parts.full.suspendable = true;
  parts.full.carried = (call->request.flags & VIEW_CARRIED) != 0;
  if (result == 0)
    result = full_stage (&parts.full, &session->view, fault);
  if (result == 0)
    result = restore (session, call, &parts, call->fds[parts.taken], fault);
  if (result != 0)
    kill_view (&session->view);
  suspend_forget (session);
  session_release_view (session, &parts, result != 0);
  if (result == 0)
    session_answer_view (session, call);
  return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-launcher: builds a view without privilege. It is started with a socket at descriptor 3 that speaks what
 * domicile-helper speaks, so that the client is the same for both; the view ends with the socket. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/confine.h"
#include "launcher/names.h"
#include "launcher/reduced.h"

enum { SOCKET = 3 };

static struct full_view view = NO_VIEW;

static int
open_view (struct helper_request *request, const int *fds, unsigned n_fds, struct helper_reply *reply,
           struct wire_fault *fault)
{
  struct filters filters;
  const bool namespaces = (request->flags & VIEW_NAMESPACES) && n_fds > 2;
  const unsigned next = namespaces ? 3 : 1;
  struct reduced_request reduced = {
    .workspace = fds[0],
    .namespaces = { namespaces ? fds[1] : -1, namespaces ? fds[2] : -1 },
    .xauthority = (request->flags & VIEW_XAUTHORITY) && n_fds > next ? fds[next] : -1,
    .display = (request->flags & VIEW_DISPLAY) != 0,
    .fail_step = request->fail_step,
    .hostname = request->hostname,
    .user = request->user,
    .filters = &filters,
  };

  if (view.pid > 0)
    return wire_fail (fault, EALREADY, "this launcher has a view");
  if (n_fds < 1 || (request->flags & VIEW_IN_VAULT))
    return wire_fail (fault, EOPNOTSUPP, "a vault needs domicile-helper");
  if (request->flags & VIEW_ISOLATED)
    return wire_fail (fault, EOPNOTSUPP, "an isolated workspace needs domicile-helper, which mounts its base system");
  if (!name_is_valid (request->hostname, sizeof request->hostname)
      || !name_is_valid (request->user, sizeof request->user))
    return wire_fail (fault, EINVAL, "the host name or the user name is not one");
  if (confine_prepare (&filters, true, fault) != 0 || reduced_open (&reduced, &view, fault) != 0)
    return -1;
  reply->pid = view.pid;
  return 0;
}

static void
close_view (void)
{
  if (view.pid > 0)
    waitpid (view.pid, NULL, 0);
  view.pid = -1;
  close_fd (&view.pidfd);
}

/* Serves one message; false when the client has left. */
static bool
serve (void)
{
  struct helper_request request;
  struct helper_reply reply = { .magic = WIRE_MAGIC };
  int fds[WIRE_MAX_FDS], answer[2];
  unsigned n_fds, n_answer = 0;
  int result = 0;

  if (wire_receive (SOCKET, &request, sizeof request, fds, &n_fds, 0) != (long) sizeof request
      || request.magic != WIRE_MAGIC)
    return false;
  reply.verb = request.verb;
  switch (request.verb) {
  case HELPER_HELLO:
    result = reduced_probe (&reply.fault);
    break;
  case HELPER_VIEW_OPEN:
    result = open_view (&request, fds, n_fds, &reply, &reply.fault);
    if (result == 0) {
      answer[n_answer++] = view.pidfd;
      answer[n_answer++] = view.control;
    }
    break;
  case HELPER_VIEW_KILL:
    if (view.pid > 0)
      kill (view.pid, SIGKILL);
    break;
  case HELPER_VIEW_CLOSE:
    close_view ();
    break;
  default:
    result = wire_fail (&reply.fault, EOPNOTSUPP, "it needs domicile-helper");
  }
  if (result == 0)
    reply.fault.error = 0; /* one that was borne on the way is none */
  wire_send (SOCKET, &reply, sizeof reply, answer, n_answer, 0);
  close_fd (&view.control); /* the client's alone now: its death ends the view */
  wire_close_fds (fds, n_fds);
  return true;
}

int
main (void)
{
  struct stat info;

  if (fstat (SOCKET, &info) != 0 || !S_ISSOCK (info.st_mode)) {
    fputs ("domicile-launcher is started by Domicile; to run a program in a workspace see domicile-run.\n", stderr);
    return 2;
  }
  umask (022);
  while (serve ())
    ;
  if (view.pid > 0) {
    kill (view.pid, SIGKILL);
    waitpid (view.pid, NULL, 0);
  }
  return 0;
}

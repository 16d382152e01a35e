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
#include "launcher/network.h"
#include "launcher/reduced.h"

enum { SOCKET = 3 };

static struct full_view view = NO_VIEW;

static int
open_view (struct helper_request *request, const int *fds, unsigned n_fds, int control, struct helper_reply *reply,
           struct wire_fault *fault)
{
  static struct filters filters; /* pid 1 reads them, too */
  struct rules rules;
  const bool namespaces = (request->flags & VIEW_NAMESPACES) && n_fds > 2;
  const unsigned network = namespaces ? 3 : 1;
  const bool own_network = (request->flags & VIEW_NETWORK) && n_fds > network + 1;
  const unsigned shared = network + (own_network ? 2 : 0);
  unsigned next = shared;
  struct reduced_request reduced = {
    .workspace = fds[0],
    .namespaces = { namespaces ? fds[1] : -1, namespaces ? fds[2] : -1 },
    .network = { own_network ? fds[network] : -1, own_network ? fds[network + 1] : -1 },
    .xauthority = -1,
    .control = control,
    .rules = &rules,
    .name_server = !own_network ? NULL : request->flags & VIEW_NAT ? NAT_NAME_SERVER : "",
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
  if (shared > n_fds || rules_parse (request->rules, fds + shared, n_fds - shared, &rules, fault) != 0)
    return -1;
  next += rules_count_shared (&rules);
  if ((request->flags & VIEW_XAUTHORITY) && n_fds > next)
    reduced.xauthority = fds[next];
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

static int
make_network (const int *fds, unsigned n_fds, int *answer, unsigned *n_answer, struct wire_fault *fault)
{
  if (network_new (n_fds > 0 ? fds[0] : -1, &answer[0], &answer[1], fault) != 0)
    return -1;
  *n_answer = 2;
  return 0;
}

/* Serves one message; false when the client has left. */
static bool
serve (void)
{
  struct helper_request request;
  struct helper_reply reply = { .magic = WIRE_MAGIC };
  int fds[WIRE_MAX_FDS], answer[2];
  unsigned n_fds, n_answer = 0;
  int result = 0, control = -1;

  if (wire_receive (SOCKET, &request, sizeof request, fds, &n_fds, 0) != (long) sizeof request
      || request.magic != WIRE_MAGIC)
    return false;
  reply.verb = request.verb;
  switch (request.verb) {
  case HELPER_HELLO:
    result = reduced_probe (&reply.fault);
    break;
  case HELPER_VIEW_OPEN:
    control = take_control (fds, &n_fds, &reply.fault);
    result = control < 0 ? -1 : open_view (&request, fds, n_fds, control, &reply, &reply.fault);
    if (result == 0)
      answer[n_answer++] = view.pidfd;
    break;
  case LAUNCHER_NETWORK:
    result = make_network (fds, n_fds, answer, &n_answer, &reply.fault);
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
  if (request.verb == LAUNCHER_NETWORK)
    wire_close_fds (answer, n_answer);
  close_fd (&control); /* pid 1's alone now: the death of its client ends the view */
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

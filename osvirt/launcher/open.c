/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/channel.h"
#include "launcher/program.h"
#include "launcher/xauthority.h"

int
launcher_start (pid_t *pid, struct wire_fault *fault)
{
  char *const argv[] = { (char *) "domicile-launcher", NULL };

  return program_start ("launcher", argv, NULL, 0, pid, fault);
}

int
view_wait_ready (struct view_handle *view, struct wire_fault *fault)
{
  struct init_message ready;
  int fds[WIRE_MAX_FDS];
  unsigned n_fds;
  long length = wire_receive (view->control, &ready, sizeof ready, fds, &n_fds, 0);

  if (length != (long) sizeof ready || ready.verb != INIT_READY || n_fds != 1) {
    wire_close_fds (fds, n_fds);
    return wire_fail (fault, EPIPE, "pid 1 of the workspace ended at once");
  }
  if (ready.value != (int32_t) INIT_MAGIC) {
    wire_close_fds (fds, n_fds);
    return wire_fail (fault, EOPNOTSUPP, "the workspace was suspended by another version of Domicile");
  }
  view->root = fds[0];
  return 0;
}

int
network_open (int within, int *network, struct wire_fault *fault)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  int answer[WIRE_MAX_FDS], result, channel;
  pid_t launcher;

  channel = launcher_start (&launcher, fault);
  if (channel < 0)
    return -1;
  result = channel_call (channel, &request, LAUNCHER_NETWORK, &within, within >= 0 ? 1 : 0, &reply, answer, 2, fault);
  close (channel);
  waitpid (launcher, NULL, 0);
  if (result == 0)
    memcpy (network, answer, 2 * sizeof *network);
  return result;
}

static unsigned
add_bindings (const struct view_bindings *bindings, struct helper_request *request, int *fds, unsigned n_fds)
{
  if (bindings->network[0] >= 0) {
    fds[n_fds++] = bindings->network[0];
    fds[n_fds++] = bindings->network[1];
    request->flags |= VIEW_NETWORK;
  }
  for (unsigned i = 0; i < bindings->n_shared; i++)
    fds[n_fds++] = bindings->shared[i];
  return n_fds;
}

/* What the view is to be made of, and then the socket or the image. */
static unsigned
collect_fds (struct helper_request *request, int folder, const int *namespaces, const struct view_bindings *bindings, int *fds)
{
  unsigned n_fds = 0;

  if (folder >= 0)
    fds[n_fds++] = folder;
  else
    request->flags |= VIEW_IN_VAULT;
  if (namespaces != NULL) {
    fds[n_fds++] = namespaces[0];
    fds[n_fds++] = namespaces[1];
    request->flags |= VIEW_NAMESPACES;
  }
  return bindings != NULL ? add_bindings (bindings, request, fds, n_fds) : n_fds;
}

int
view_ask (int channel, struct helper_request *request, int folder, const int *namespaces, const struct view_bindings *bindings,
          int file, bool resume, struct view_handle *view, struct wire_fault *fault)
{
  int fds[WIRE_MAX_FDS], control[2], cookies = -1, result;
  unsigned n_fds = collect_fds (request, folder, namespaces, bindings, fds);

  *view = (struct view_handle){ -1, -1, -1, -1 };
  if (resume) {
    fds[n_fds++] = file;
    return channel_send (channel, request, HELPER_VIEW_RESUME, fds, n_fds, fault);
  }
  if (file >= 0) {
    cookies = xauthority_for_any_host (file);
    if (cookies < 0)
      return wire_fail (fault, errno, "reading the X authority file");
    fds[n_fds++] = cookies;
    request->flags |= VIEW_XAUTHORITY;
  }
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
    result = wire_fail (fault, errno, "making a socket");
  else {
    view->control = control[0];
    fds[n_fds++] = control[1];
    result = channel_send (channel, request, HELPER_VIEW_OPEN, fds, n_fds, fault);
    close (control[1]);
  }
  if (cookies >= 0)
    close (cookies);
  if (result != 0)
    view_release (view);
  return result;
}

int
view_wait (int channel, struct view_handle *view, struct wire_fault *fault)
{
  const bool resumed = view->control < 0; /* pid 1 is old, and its socket a new one */
  int answer[WIRE_MAX_FDS];
  struct helper_reply reply;

  if (channel_receive (channel, &reply, answer, resumed ? 2 : 1, fault) == 0) {
    view->pidfd = answer[0];
    if (resumed)
      view->control = answer[1];
    view->pid = reply.pid;
    if (view_wait_ready (view, fault) == 0)
      return 0;
  }
  view_release (view);
  return -1;
}

int
view_open (int channel, struct helper_request *request, int folder, const int *namespaces, const struct view_bindings *bindings,
           int file, bool resume, struct view_handle *view, struct wire_fault *fault)
{
  if (view_ask (channel, request, folder, namespaces, bindings, file, resume, view, fault) != 0)
    return -1;
  return view_wait (channel, view, fault);
}

void
view_release (struct view_handle *view)
{
  if (view->root >= 0)
    close (view->root);
  if (view->control >= 0)
    close (view->control);
  if (view->pidfd >= 0)
    close (view->pidfd);
  view->root = view->control = view->pidfd = -1;
}

static bool
append (char *buffer, size_t room, size_t *used, const char *text)
{
  size_t length = strlen (text) + 1;

  if (length > room - *used)
    return false;
  memcpy (buffer + *used, text, length);
  *used += length;
  return true;
}

size_t
launch_pack (char *buffer, size_t room, const struct launch_text *text)
{
  struct init_message head = { .verb = INIT_LAUNCH, .serial = text->serial, .value = (int32_t) text->first_fd };
  const char *const *argv = text->argv, *const *envp = text->envp;
  size_t used = sizeof head;

  if (!append (buffer, room, &used, text->cwd) || !append (buffer, room, &used, text->log != NULL ? text->log : ""))
    return 0;
  for (; argv[head.argc] != NULL; head.argc++)
    if (!append (buffer, room, &used, argv[head.argc]))
      return 0;
  for (; envp[head.envc] != NULL; head.envc++)
    if (!append (buffer, room, &used, envp[head.envc]))
      return 0;
  for (; text->rules != NULL && text->rules[head.rulec] != NULL; head.rulec++)
    if (!append (buffer, room, &used, text->rules[head.rulec]))
      return 0;
  memcpy (buffer, &head, sizeof head);
  return used;
}

const char *
launch_stage_text (int stage)
{
  return stage == LAUNCH_FAILED_CWD    ? "entering its working directory"
         : stage == LAUNCH_FAILED_EXEC ? "running the program"
         : stage == LAUNCH_FAILED_LABEL ? "confining it as its label says"
                                       : "starting a process";
}

pid_t
pidfd_get_host_pid (int pidfd)
{
  char path[64], line[128];
  FILE *file;
  int pid = 0;

  snprintf (path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  file = fopen (path, "re");
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "Pid: %d", &pid) == 1)
      break;
  if (file != NULL)
    fclose (file);
  return pid > 0 ? pid : 0;
}

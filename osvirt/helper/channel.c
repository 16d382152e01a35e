/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char *
channel_default_path (void)
{
  const char *path = getenv ("DOMICILE_HELPER_SOCKET");

  return path != NULL && *path != '\0' ? path : "/run/domicile/helper.sock";
}

int
channel_connect (const char *path, struct wire_fault *fault)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int channel;

  if (path == NULL)
    path = channel_default_path ();
  if (strlen (path) >= sizeof address.sun_path)
    return wire_fail (fault, ENAMETOOLONG, "the path of domicile-helper's socket");
  strcpy (address.sun_path, path);
  channel = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (channel < 0)
    return wire_fail (fault, errno, "making a socket");
  if (connect (channel, (struct sockaddr *) &address, sizeof address) != 0) {
    wire_fail (fault, errno, "connecting to domicile-helper at %.90s", path);
    close (channel);
    return -1;
  }
  return channel;
}

int
channel_send (int channel, struct helper_request *request, enum helper_verb verb, const int *fds, unsigned n_fds,
              struct wire_fault *fault)
{
  request->magic = WIRE_MAGIC;
  request->verb = verb;
  /* A refused client finds the refusal waiting, even where it can send no more. */
  if (wire_send (channel, request, sizeof *request, fds, n_fds, 0) != 0 && errno != EPIPE)
    return wire_fail (fault, errno, "talking to domicile-helper");
  return 0;
}

int
channel_receive (int channel, struct helper_reply *reply, int *answer_fds, unsigned wanted_fds, struct wire_fault *fault)
{
  unsigned n_answer_fds;
  long length = wire_receive (channel, reply, sizeof *reply, answer_fds, &n_answer_fds, 0);

  /* The reset of a peer that left our request unread comes before what it has said. */
  if (length < 0 && errno == ECONNRESET)
    length = wire_receive (channel, reply, sizeof *reply, answer_fds, &n_answer_fds, 0);
  if (length == 0 || (length < 0 && errno == ECONNRESET))
    return wire_fail (fault, EPIPE, "domicile-helper went away");
  if (length < 0)
    return wire_fail (fault, errno, "talking to domicile-helper");
  reply->fault.what[sizeof reply->fault.what - 1] = '\0';
  if (length == (long) sizeof *reply && reply->magic == WIRE_MAGIC && reply->fault.error == 0
      && n_answer_fds == wanted_fds)
    return 0;
  wire_close_fds (answer_fds, n_answer_fds);
  if (length != (long) sizeof *reply || reply->magic != WIRE_MAGIC || reply->fault.error == 0)
    return wire_fail (fault, EPROTO, "domicile-helper is of another version");
  *fault = reply->fault;
  return -1;
}

int
channel_call (int channel, struct helper_request *request, enum helper_verb verb, const int *fds, unsigned n_fds,
              struct helper_reply *reply, int *answer_fds, unsigned wanted_fds, struct wire_fault *fault)
{
  if (channel_send (channel, request, verb, fds, n_fds, fault) != 0)
    return -1;
  return channel_receive (channel, reply, answer_fds, wanted_fds, fault);
}

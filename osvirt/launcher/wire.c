/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
wire_send (int socket, const void *data, size_t size, const int *fds, unsigned n_fds, int flags)
{
  union {
    char           bytes[CMSG_SPACE (sizeof (int) * WIRE_MAX_FDS)];
    struct cmsghdr align;
  } control;
  struct iovec part = { (void *) data, size };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  ssize_t sent;

  if (n_fds > WIRE_MAX_FDS) {
    errno = EMSGSIZE;
    return -1;
  }
  if (n_fds > 0) {
    struct cmsghdr *head;

    memset (&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
    head = CMSG_FIRSTHDR (&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
    memcpy (CMSG_DATA (head), fds, sizeof (int) * n_fds);
  }
  do
    sent = sendmsg (socket, &message, flags | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

static unsigned
take_fds (struct msghdr *message, int *fds)
{
  unsigned count = 0;

  for (struct cmsghdr *head = CMSG_FIRSTHDR (message); head != NULL; head = CMSG_NXTHDR (message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
      continue;
    count = (unsigned) ((head->cmsg_len - CMSG_LEN (0)) / sizeof (int));
    memcpy (fds, CMSG_DATA (head), count * sizeof (int));
  }
  return count;
}

long
wire_receive (int socket, void *data, size_t size, int *fds, unsigned *n_fds, int flags)
{
  union {
    char           bytes[CMSG_SPACE (sizeof (int) * WIRE_MAX_FDS)];
    struct cmsghdr align;
  } control;
  struct iovec part = { data, size };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  ssize_t got;

  for (unsigned i = 0; i < WIRE_MAX_FDS; i++)
    fds[i] = -1;
  *n_fds = 0;
  do {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    got = recvmsg (socket, &message, flags | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0)
    return -1;
  *n_fds = take_fds (&message, fds);
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    wire_close_fds (fds, *n_fds);
    *n_fds = 0;
    errno = EMSGSIZE;
    return -1;
  }
  return got;
}

void
wire_close_fds (int *fds, unsigned n_fds)
{
  for (unsigned i = 0; i < n_fds; i++) {
    if (fds[i] >= 0)
      close (fds[i]);
    fds[i] = -1;
  }
}

int
wire_fail (struct wire_fault *fault, int error, const char *format, ...)
{
  va_list args;

  fault->error = error != 0 ? error : EIO;
  va_start (args, format);
  vsnprintf (fault->what, sizeof fault->what, format, args);
  va_end (args);
  return -1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/xauthority.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_SIZE = 64 * 1024 };

/* An entry: family, then address, display number, name and data of the protocol, each with its length before it; all
 * numbers of two bytes, the high one first (Xau, "AuFileName" and Xauth.h). */
static size_t
skip_counted (const unsigned char *data, size_t size, size_t at)
{
  size_t length;

  if (at + 2 > size)
    return 0;
  length = (size_t) data[at] << 8 | data[at + 1];
  return at + 2 + length <= size ? at + 2 + length : 0;
}

/* The length of the rewritten entries in @out, or -1. */
static long
rewrite (const unsigned char *data, size_t size, unsigned char *out)
{
  static const unsigned char any_host[] = { 0xff, 0xff, 0, 0 }; /* FamilyWild, and an address of no bytes */
  size_t at = 0, used = 0;

  while (at < size) {
    size_t rest = skip_counted (data, size, at + 2), next = rest;

    for (int i = 0; i < 3 && next != 0; i++)
      next = skip_counted (data, size, next);
    if (next == 0)
      return -1;
    memcpy (out + used, any_host, sizeof any_host);
    memcpy (out + used + sizeof any_host, data + rest, next - rest);
    used += sizeof any_host + next - rest;
    at = next;
  }
  return (long) used;
}

int
xauthority_for_any_host (int file)
{
  unsigned char data[MAX_SIZE], out[MAX_SIZE]; /* on the stack: more than one thread may open a view */
  ssize_t size = pread (file, data, sizeof data, 0);
  long length = size >= 0 ? rewrite (data, (size_t) size, out) : -1;
  int copy;

  if (size < 0)
    return -1;
  if (length < 0) {
    errno = EBADMSG;
    return -1;
  }
  copy = memfd_create ("xauthority", MFD_CLOEXEC);
  if (copy >= 0 && write (copy, out, (size_t) length) != length) {
    close (copy);
    copy = -1;
  }
  explicit_bzero (data, sizeof data);
  explicit_bzero (out, sizeof out);
  return copy;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/archive-ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suspend/archive.h"

/* More would rather wait for its file than take the memory; bytes. */
#define MAX_AHEAD (256UL << 20)

/* Nothing else is held by who packs, neither a vault nor a client. */
static void
close_others (int one, int other)
{
  unsigned low = (unsigned) (one < other ? one : other), high = (unsigned) (one < other ? other : one);

  if (low > 0)
    close_range (0, low - 1, 0);
  if (high > low + 1)
    close_range (low + 1, high - 1, 0);
  close_range (high + 1, ~0U, 0);
}

_Noreturn static void
pack (int folder, int packed, pid_t parent)
{
  const struct rlimit limit = { MAX_AHEAD, MAX_AHEAD };
  struct wire_fault ignored;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  signal (SIGXFSZ, SIG_IGN);
  close_others (folder, packed);
  _exit (getppid () == parent && setrlimit (RLIMIT_FSIZE, &limit) == 0 && archive_pack (folder, packed, &ignored) == 0 ? 0 : 1);
}

void
archive_ahead_begin (struct archive_ahead *self, int folder)
{
  pid_t parent = getpid ();

  archive_ahead_end (self);
  self->packed = memfd_create ("image", MFD_CLOEXEC);
  if (self->packed < 0)
    return;
  self->packer = fork ();
  if (self->packer == 0)
    pack (folder, self->packed, parent);
}

/* Waits for it. Whether all is packed. */
static bool
is_packed (struct archive_ahead *self)
{
  pid_t packer = self->packer;
  int status = -1;

  self->packer = -1;
  while (packer > 0 && waitpid (packer, &status, 0) < 0)
    if (errno != EINTR)
      return false; /* somebody has ended it with what came of a trial */
  return packer > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static int
copy (int from, int to, struct wire_fault *fault)
{
  struct stat info;
  off_t done = 0;

  if (fstat (from, &info) != 0)
    return wire_fail (fault, errno, "reading the packed image");
  while (done < info.st_size) {
    ssize_t sent = sendfile (to, from, &done, (size_t) (info.st_size - done));

    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return wire_fail (fault, sent < 0 ? errno : EIO, "writing the image");
  }
  return 0;
}

int
archive_ahead_finish (struct archive_ahead *self, int folder, int out, struct wire_fault *fault)
{
  int result = is_packed (self) ? copy (self->packed, out, fault) : archive_pack (folder, out, fault);

  archive_ahead_end (self);
  return result;
}

void
archive_ahead_end (struct archive_ahead *self)
{
  /* One that has been waited for is no child of ours any more, and its number may be another's. */
  if (self->packer > 0 && waitpid (self->packer, NULL, WNOHANG) == 0) {
    kill (self->packer, SIGKILL);
    waitpid (self->packer, NULL, 0);
  }
  self->packer = -1;
  if (self->packed >= 0)
    close (self->packed);
  self->packed = -1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vault/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

Secret *
secret_new (const char *user, const char *passphrase)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  Secret *self = g_new0 (Secret, 1);
  char *end;

  self->length = strlen (user) + 1 + strlen (passphrase);
  self->room = (self->length + page) / page * page;
  self->text = mmap (NULL, self->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (self->text == MAP_FAILED)
    g_error ("no memory for a passphrase");
  mlock (self->text, self->room); /* a limit may forbid it; then it is as safe as the rest of memory */
  madvise (self->text, self->room, MADV_DONTDUMP);
  end = stpcpy (self->text, user);
  *end++ = ':';
  strcpy (end, passphrase);
  return self;
}

void
secret_free (Secret *self)
{
  explicit_bzero (self->text, self->room);
  munmap (self->text, self->room);
  g_free (self);
}

int
secret_to_fd (const Secret *self)
{
  int fd = memfd_create ("secret", MFD_CLOEXEC);

  if (fd >= 0 && write (fd, self->text, self->length) != (gssize) self->length) {
    close (fd);
    fd = -1;
  }
  return fd;
}

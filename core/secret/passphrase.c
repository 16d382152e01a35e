/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-secret"

#include "secret/passphrase.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Longer than any passphrase that LUKS takes (512 bytes), short enough for one page. */
#define MAX_LENGTH 2048

/* Lies in pages of its own: locking and excluding from dumps work on whole pages. */
struct _DmcPassphrase {
  gatomicrefcount refs;
  gsize           mapped;
  gsize           length;
  char            text[];
};

G_DEFINE_BOXED_TYPE (DmcPassphrase, dmc_passphrase, dmc_passphrase_ref, dmc_passphrase_unref)

static DmcPassphrase *
allocate (gsize length)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize size = (sizeof (DmcPassphrase) + length + 1 + page - 1) / page * page;
  DmcPassphrase *self
      = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (self == MAP_FAILED)
    g_error ("No memory for a passphrase");
  /* An ordinary user may lock a few pages; where not even that is allowed we go on without. */
  if (mlock (self, size) != 0)
    g_debug ("A passphrase cannot be locked in memory: %s", g_strerror (errno));
  madvise (self, size, MADV_DONTDUMP);
  g_atomic_ref_count_init (&self->refs);
  self->mapped = size;
  self->length = length;
  return self;
}

/**
 * dmc_passphrase_new:
 * @text: the secret; wiping @text itself is the caller's business
 *
 * Returns: (transfer full): a copy in guarded memory
 */
DmcPassphrase *
dmc_passphrase_new (const char *text)
{
  gsize length = strlen (text);
  DmcPassphrase *self = allocate (length);

  memcpy (self->text, text, length);
  return self;
}

/**
 * dmc_passphrase_new_from_fd:
 * @fd: a pipe, file or terminal; it is not closed
 * @error: a GIOError
 *
 * Reads up to the first line's end or the stream's, straight into guarded memory. Blocks.
 *
 * Returns: (transfer full) (nullable): the secret
 */
DmcPassphrase *
dmc_passphrase_new_from_fd (int fd, GError **error)
{
  g_autoptr (DmcPassphrase) self = allocate (MAX_LENGTH);
  gsize length = 0;

  for (;;) {
    gssize n = read (fd, self->text + length, 1);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "The passphrase cannot be read: %s", g_strerror (errno));
      return NULL;
    }
    if (n == 0 || self->text[length] == '\n')
      break;
    if (++length == MAX_LENGTH) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "The passphrase is longer than %d bytes", MAX_LENGTH);
      return NULL;
    }
  }
  self->text[length] = '\0';
  self->length = length;
  return g_steal_pointer (&self);
}

/**
 * dmc_passphrase_ref:
 * @self: a passphrase
 *
 * Returns: (transfer full): @self
 */
DmcPassphrase *
dmc_passphrase_ref (DmcPassphrase *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * dmc_passphrase_unref:
 * @self: (transfer full): a passphrase
 *
 * The last reference wipes it.
 */
void
dmc_passphrase_unref (DmcPassphrase *self)
{
  gsize size = self->mapped;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  explicit_bzero (self, size);
  munmap (self, size);
}

/**
 * dmc_passphrase_get_text:
 * @self: a passphrase
 *
 * Returns: (transfer none): the secret; do not copy it
 */
const char *
dmc_passphrase_get_text (DmcPassphrase *self)
{
  return self->text;
}

/**
 * dmc_passphrase_get_length:
 * @self: a passphrase
 *
 * Returns: its length in bytes
 */
gsize
dmc_passphrase_get_length (DmcPassphrase *self)
{
  return self->length;
}

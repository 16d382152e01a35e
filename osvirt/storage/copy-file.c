/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/copy-file.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK (4 * 1024 * 1024)

/**
 * copy_file:
 * @in: a file, read from where it is to its end
 * @out: a file, written from where it is, and then written back to its medium
 * @cancellable: (nullable): to stop
 *
 * Blocks on both media. What was written of @out when it fails stays.
 *
 * Returns: 0, or an errno value; ECANCELED
 */
int
copy_file (int in, int out, GCancellable *cancellable)
{
  g_autofree char *buffer = g_malloc (CHUNK);
  ssize_t got;

  while ((got = read (in, buffer, CHUNK)) > 0) {
    if (g_cancellable_is_cancelled (cancellable))
      return ECANCELED;
    for (ssize_t done = 0, put; done < got; done += put) {
      put = write (out, buffer + done, (size_t) (got - done));
      if (put <= 0)
        return put < 0 ? errno : EIO;
    }
  }
  return got < 0 || fsync (out) != 0 ? errno : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vault/plain-probe.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rpc/error.h"

#define PROBE_FILE ".domicile-probe"
#define PROBE_LINK ".domicile-probe-link"

static GError *
refused (int code)
{
  GError *error;

  if (code == ENOSPC || code == EDQUOT) {
    error = dmc_error_new (DMC_ERROR_RESOURCE, "Free some space on the medium.", "The medium is full.");
    dmc_error_set_data (error, "resource", json_node_init_string (json_node_alloc (), "disk"));
    dmc_error_set_data (error, "limit", json_node_init_int (json_node_alloc (), 0));
    return error;
  }
  if (code == EROFS || code == EACCES || code == EPERM)
    return dmc_error_new (DMC_ERROR_IO, "Switch its write protection off, or copy the workspace to another medium.",
                          "The medium is read-only, and a workspace writes to its own.");
  return dmc_error_new (DMC_ERROR_IO, NULL, "The medium cannot be written: %s.", g_strerror (code));
}

static GError *
unsuited (const char *what)
{
  GError *error = dmc_error_new (DMC_ERROR_UNSUPPORTED, "Choose an encrypted vault, which is one file, or another medium.",
                                 "The medium's file system keeps no %s, which a workspace's plain files need.", what);

  dmc_error_set_data (error, "needs", json_node_init_string (json_node_alloc (), "vault-luks"));
  return error;
}

static GError *
try_all (int folder, int fd)
{
  struct stat info;

  if (fchmod (fd, 0640) != 0 || fstat (fd, &info) != 0 || (info.st_mode & 0777) != 0640)
    return unsuited ("permissions");
  if (fsetxattr (fd, "user.overlay.probe", "y", 1, 0) != 0)
    return errno == ENOSPC ? refused (errno) : unsuited ("extended attributes");
  if (symlinkat ("target", folder, PROBE_LINK) != 0)
    return errno == ENOSPC ? refused (errno) : unsuited ("symbolic links");
  return NULL;
}

/**
 * plain_probe:
 * @folder: a folder's descriptor
 * @error: %DMC_ERROR_UNSUPPORTED (data "needs"), %DMC_ERROR_RESOURCE, %DMC_ERROR_IO
 *
 * Tries whether files there have what a root directory's files have. What the file system calls itself does not tell: FAT and
 * NTFS come through FUSE as well as from the kernel. Leaves nothing behind.
 */
gboolean
plain_probe (int folder, GError **error)
{
  GError *problem;
  int fd;

  unlinkat (folder, PROBE_FILE, 0); /* of a probe that was interrupted */
  unlinkat (folder, PROBE_LINK, 0);
  fd = openat (folder, PROBE_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  problem = fd >= 0 ? try_all (folder, fd) : refused (errno);
  if (fd >= 0)
    close (fd);
  unlinkat (folder, PROBE_FILE, 0);
  unlinkat (folder, PROBE_LINK, 0);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return problem == NULL;
}

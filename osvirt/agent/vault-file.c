/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/vault-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "rpc/json.h"
#include "storage/read-file.h"
#include "storage/replace-file.h"

#define FOLDER "state"

gboolean
vault_file_read (int vault, const char *name, gsize max_size, JsonNode **node)
{
  g_autofree char *path = g_build_filename (FOLDER, name, NULL);
  int fd = openat (vault, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *text = NULL;
  gboolean read;
  gsize length;

  *node = NULL;
  if (fd < 0)
    return errno == ENOENT;
  read = read_fd (fd, max_size, &text, &length, NULL);
  close (fd);
  *node = read ? dmc_json_parse (text, (gssize) length, NULL) : NULL;
  return *node != NULL;
}

gboolean
vault_file_replace (int vault, const char *name, const char *text)
{
  int folder = open_folder_at (vault, FOLDER), saved;
  gboolean written = folder >= 0 && replace_file_at (folder, name, text, strlen (text));

  saved = errno;
  if (folder >= 0)
    close (folder);
  errno = saved;
  return written;
}

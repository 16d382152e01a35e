/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of lwIP's web server: /bytes/N is N bytes, of which number i is the highest byte of
 * i * 2654435761 modulo 2^32, so that whoever receives them can check each.
 */
#include <lwip/apps/fs.h>
#include <lwip/apps/httpd.h>
#include "pv.h"
#include "server.h"

#define PREFIX    "/bytes/"
#define BYTES_MAX 0x7fffffffu

int fs_open_custom (struct fs_file *file, const char *name);
void fs_close_custom (struct fs_file *file);
int fs_read_custom (struct fs_file *file, char *buffer, int count);

int
fs_open_custom (struct fs_file *file, const char *name)
{
  uint32_t length = 0;
  if (strncmp (name, PREFIX, strlen (PREFIX)) != 0)
    return 0;
  for (name += strlen (PREFIX); *name >= '0' && *name <= '9' && length < BYTES_MAX / 10; name++)
    length = length * 10 + (uint32_t)(*name - '0');
  if (*name)
    return 0;
  memset (file, 0, sizeof *file);
  file->len = (int)length;
  return 1;
}

void
fs_close_custom (struct fs_file *file)
{
  (void)file;
}

int
fs_read_custom (struct fs_file *file, char *buffer, int count)
{
  if (file->index >= file->len)
    return FS_READ_EOF;
  if (count > file->len - file->index)
    count = file->len - file->index;
  for (int i = 0; i < count; i++)
    buffer[i] = (char)(((uint32_t)(file->index + i) * 2654435761u) >> 24);
  file->index += count;
  return count;
}

void
server_start (void)
{
  static bool started;
  if (!started)
    httpd_init ();
  started = true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-stream: serves the image of a bundle as one file. Descriptors: 3 a SEQPACKET socket, whose first message is the
 * address and whose end ends us; 4 the FUSE connection; 5 the cache. */
#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/error.h"
#include "stream/block-cache.h"

enum { SOCKET = 3, DEVICE = 4, CACHE = 5, MAX_URL = 8192 };
/* How long the kernel may believe what it was told: the file never changes. */
#define FOREVER 86400.0

static BlockCache *cache;

static void
serve_getattr (fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
  struct stat info = {
    .st_ino = FUSE_ROOT_ID, .st_mode = S_IFREG | 0400, .st_nlink = 1, .st_size = (off_t) cache->head->image_size,
    .st_uid = getuid (), .st_gid = getgid (), .st_blksize = BUNDLE_BLOCK_SIZE,
  };

  fuse_reply_attr (request, &info, FOREVER);
}

static void
serve_open (fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
  file->keep_cache = 1;
  if ((file->flags & O_ACCMODE) != O_RDONLY)
    fuse_reply_err (request, EROFS);
  else
    fuse_reply_open (request, file);
}

static void
serve_read (fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *file)
{
  guint64 total = cache->head->image_size, begin = MIN ((guint64) offset, total), end = MIN (begin + size, total);
  guint64 first = begin / BUNDLE_BLOCK_SIZE;
  guint count = (guint) ((end + BUNDLE_BLOCK_SIZE - 1) / BUNDLE_BLOCK_SIZE - first);
  g_autofree guint8 *buffer = begin < end ? g_malloc ((gsize) count * BUNDLE_BLOCK_SIZE) : NULL;
  g_autoptr (GError) error = NULL;

  if (begin >= end)
    fuse_reply_buf (request, NULL, 0);
  else if (block_cache_read (cache, first, count, buffer, NULL, &error))
    fuse_reply_buf (request, (const char *) buffer + (begin - first * BUNDLE_BLOCK_SIZE), end - begin);
  else {
    g_message ("%s", error->message);
    fuse_reply_err (request, EIO);
  }
}

/* Our parent has ended, or has no use for the file any more. */
static gpointer
wait_for_end (gpointer unused)
{
  char byte;

  while (recv (SOCKET, &byte, 1, 0) < 0 && errno == EINTR)
    ;
  _exit (0);
}

static int
serve (void)
{
  static const struct fuse_lowlevel_ops operations = { .getattr = serve_getattr, .open = serve_open, .read = serve_read };
  static const struct fuse_loop_config how = { .clone_fd = 0, .max_idle_threads = 4 };
  struct fuse_loop_config config = how;
  char *arguments_text[] = { (char *) "domicile-stream", NULL };
  struct fuse_args arguments = FUSE_ARGS_INIT (1, arguments_text);
  struct fuse_session *session = fuse_session_new (&arguments, &operations, sizeof operations, NULL);
  int result = 1;

  fuse_opt_free_args (&arguments);
  if (session != NULL && fuse_session_mount (session, "/dev/fd/4") == 0)
    result = fuse_session_loop_mt (session, &config) != 0;
  if (session != NULL)
    fuse_session_destroy (session);
  return result;
}

int
main (int argc, char **argv)
{
  g_autofree char *url = g_malloc0 (MAX_URL);
  g_autoptr (GError) error = NULL;

  if (argc != 1 || fcntl (DEVICE, F_GETFD) < 0 || fcntl (CACHE, F_GETFD) < 0 || recv (SOCKET, url, MAX_URL - 1, 0) <= 0) {
    fputs ("domicile-stream is started by Domicile and is of no use by itself.\n", stderr);
    return 2;
  }
  cache = block_cache_new (CACHE, url, &error);
  if (cache == NULL) {
    g_printerr ("domicile-stream: %s\n", error->message);
    return 1;
  }
  g_thread_unref (g_thread_new ("end", wait_for_end, NULL));
  return serve ();
}

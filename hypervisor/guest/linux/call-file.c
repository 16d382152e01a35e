/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/uio.h>
#include "call.h"
#include "disk.h"
#include "path.h"
#include "pipe.h"
#include "task.h"
#include "user.h"

#define CHUNK      65536u /* of memory that is made ready at a time */
#define VECTOR_MAX 64u

static struct file *
file_of (uint32_t number)
{
  return files_get (task_current->files, number);
}

static bool
waits (const struct file *file, long result)
{
  return result == -EAGAIN && (file->flags & O_NONBLOCK) == 0;
}

/* Reads what is there, up to `length`; of a disk all that was asked for, however often it has to
 * wait. */
static long
read_file (struct file *file, uint32_t address, uint32_t length)
{
  struct call *call = &task_current->call;
  bool whole = file->node && node_is (file->node, S_IFBLK);
  uint32_t done = whole ? call->progress : 0;
  if ((file->flags & O_ACCMODE) == O_WRONLY || !file->ops->read)
    return -EBADF;
  do {
    uint32_t part = length - done < CHUNK ? length - done : CHUNK;
    void *buffer = user_output (address + done, part);
    long result = buffer ? file->ops->read (file, buffer, part) : -EFAULT;
    if (waits (file, result) && (whole || done == 0))
      return task_wait (file_channel (file), 0);
    if (result < 0 && done == 0)
      return result;
    if (result <= 0)
      break;
    done += (uint32_t)result;
    call->progress = whole ? done : 0;
    if ((uint32_t)result < part && !whole)
      break;
  } while (done < length);
  return (long)done;
}

/* Writes all of it, however often it has to wait; `skip` bytes were written before this part of a
 * vector. */
static long
write_file (struct file *file, uint32_t address, uint32_t length, uint32_t skip)
{
  struct call *call = &task_current->call;
  uint32_t done = call->progress - skip;
  if ((file->flags & O_ACCMODE) == O_RDONLY || !file->ops->write)
    return -EBADF;
  do {
    uint32_t part = length - done < CHUNK ? length - done : CHUNK;
    const void *buffer = user_input (address + done, part);
    long result = buffer ? file->ops->write (file, buffer, part) : -EFAULT;
    if (waits (file, result))
      return task_wait (file_channel (file), 0);
    if (result < 0)
      return call->progress > 0 ? (long)call->progress : result;
    done += (uint32_t)result;
    call->progress += (uint32_t)result;
  } while (done < length);
  return (long)call->progress;
}

CALL (read)
{
  struct file *file = file_of (a[0]);
  (void)context;
  return file ? read_file (file, a[1], a[2]) : -EBADF;
}

CALL (write)
{
  struct file *file = file_of (a[0]);
  (void)context;
  return file ? write_file (file, a[1], a[2], 0) : -EBADF;
}

CALL (readv)
{
  struct file *file = file_of (a[0]);
  const struct iovec *vector = a[2] <= VECTOR_MAX ? user_input (a[1], a[2] * sizeof *vector) : NULL;
  uint32_t total = 0;
  (void)context;
  if (!file || !vector)
    return !file ? -EBADF : a[2] > VECTOR_MAX ? -EINVAL : -EFAULT;
  for (uint32_t i = 0; i < a[2]; i++) {
    if (vector[i].iov_len == 0)
      continue;
    if (total > 0
        && ((file_poll (file) & POLLIN) == 0 || (file->node && node_is (file->node, S_IFBLK))))
      break;
    long done = read_file (file, (uint32_t)vector[i].iov_base, vector[i].iov_len);
    if (done < 0)
      return total > 0 ? (long)total : done;
    total += (uint32_t)done;
    if ((uint32_t)done < vector[i].iov_len)
      break;
  }
  return (long)total;
}

CALL (writev)
{
  struct file *file = file_of (a[0]);
  const struct iovec *vector = a[2] <= VECTOR_MAX ? user_input (a[1], a[2] * sizeof *vector) : NULL;
  uint32_t before = 0;
  long result = 0;
  (void)context;
  if (!file || !vector)
    return !file ? -EBADF : a[2] > VECTOR_MAX ? -EINVAL : -EFAULT;
  for (uint32_t i = 0; i < a[2]; before += vector[i++].iov_len) {
    if (vector[i].iov_len == 0 || task_current->call.progress >= before + vector[i].iov_len)
      continue;
    result = write_file (file, (uint32_t)vector[i].iov_base, vector[i].iov_len, before);
    if (result < 0 || task_current->call.progress < before + vector[i].iov_len)
      return result;
  }
  return (long)task_current->call.progress;
}

/* At an offset that the file does not keep. */
static long
at_offset (const uint32_t *a, long (*transfer) (struct file *, uint32_t, uint32_t))
{
  struct file *file = file_of (a[0]);
  if (!file)
    return -EBADF;
  if (!file->node || (!node_is (file->node, S_IFREG) && !node_is (file->node, S_IFBLK)))
    return -ESPIPE;
  uint64_t kept = file->offset;
  file->offset = ((uint64_t)a[5] << 32 | a[4]) /* an even register */ + task_current->call.progress;
  long result = transfer (file, a[1], a[2]);
  file->offset = kept;
  return result;
}

static long
write_at (struct file *file, uint32_t address, uint32_t length)
{
  return write_file (file, address, length, 0);
}

CALL (pread64)
{
  (void)context;
  return at_offset (a, read_file);
}

CALL (pwrite64)
{
  (void)context;
  return at_offset (a, write_at);
}

/* Programs fall back to read and write. */
CALL (sendfile64)
{
  (void)a;
  (void)context;
  return -EINVAL;
}

/* ---- opening ---- */

static int
create (struct node *from, const char *path, uint32_t mode, struct node **node)
{
  struct node *directory;
  char name[NAME_MAX_BYTES + 1];
  int error = path_parent (from, path, &directory, name);
  if (error)
    return error;
  *node = node_new (S_IFREG | (mode & 07777 & ~task_current->umask));
  error = *node ? directory_add (directory, name, *node) : -ENOSPC;
  if (error && *node)
    node_drop (*node);
  node_drop (directory);
  return error;
}

static int
find_or_create (
    struct node *from, const char *path, uint32_t flags, uint32_t mode, struct node **node)
{
  int error = path_find (from, path, (flags & O_NOFOLLOW) == 0, node);
  if (error == -ENOENT && (flags & O_CREAT) != 0)
    return create (from, path, mode, node);
  if (error)
    return error;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
    error = -EEXIST;
  else if (node_is (*node, S_IFLNK))
    error = -ELOOP;
  else if (node_is (*node, S_IFDIR) && ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0))
    error = -EISDIR;
  else if (!node_is (*node, S_IFDIR) && (flags & O_DIRECTORY) != 0)
    error = -ENOTDIR;
  if (error)
    node_drop (*node);
  return error;
}

static long
open_path (struct node *from, uint32_t address, uint32_t flags, uint32_t mode)
{
  char path[PATH_MAX_BYTES];
  struct node *node;
  struct file *file;
  int error = user_path (address, path, sizeof path);
  if (!error)
    error = find_or_create (from, path, flags, mode, &node);
  if (error)
    return error;
  if ((flags & O_TRUNC) != 0 && (flags & O_ACCMODE) != O_RDONLY && node_is (node, S_IFREG))
    node_truncate (node, 0);
  error = file_open (node, flags, &file);
  node_drop (node);
  if (error)
    return error;
  return files_add (task_current->files, file, 0, (flags & O_CLOEXEC) != 0);
}

CALL (open)
{
  (void)context;
  return open_path (task_current->directory, a[0], a[1], a[2]);
}

CALL (openat)
{
  struct node *from;
  int error = call_start (a[0], &from);
  (void)context;
  return error ? error : open_path (from, a[1], a[2], a[3]);
}

CALL (creat)
{
  (void)context;
  return open_path (task_current->directory, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1]);
}

CALL (close)
{
  (void)context;
  return files_close (task_current->files, a[0]);
}

CALL (pipe2)
{
  struct file *reader, *writer;
  struct files *files = task_current->files;
  bool on_exec = (a[1] & O_CLOEXEC) != 0;
  int32_t ends[2];
  (void)context;
  int error = pipe_new (a[1] & O_NONBLOCK, &reader, &writer);
  if (error)
    return error;
  ends[0] = files_add (files, reader, 0, on_exec);
  ends[1] = files_add (files, writer, 0, on_exec);
  error = ends[0] < 0 || ends[1] < 0 ? -EMFILE : user_put (a[0], ends, sizeof ends);
  for (uint32_t i = 0; error && i < 2; i++)
    if (ends[i] >= 0)
      files_close (files, (uint32_t)ends[i]);
  return error;
}

CALL (pipe)
{
  const uint32_t arguments[] = { a[0], 0 };
  return call_pipe2 (arguments, context);
}

/* ---- offsets, numbers, flags ---- */

static int
seek (struct file *file, int64_t by, uint32_t whence)
{
  int64_t base = 0;
  if (!file->node || node_is (file->node, S_IFIFO) || node_is (file->node, S_IFCHR))
    return -ESPIPE;
  if (whence == SEEK_CUR)
    base = (int64_t)file->offset;
  else if (whence == SEEK_END)
    base = (int64_t)file->node->size;
  else if (whence != SEEK_SET)
    return -EINVAL;
  if (by < -base)
    return -EINVAL;
  file->offset = (uint64_t)(base + by);
  return 0;
}

CALL (lseek)
{
  struct file *file = file_of (a[0]);
  (void)context;
  if (!file)
    return -EBADF;
  int error = seek (file, (int32_t)a[1], a[2]);
  return error ? error : file->offset > INT32_MAX ? -EOVERFLOW : (long)file->offset;
}

CALL (llseek)
{
  struct file *file = file_of (a[0]);
  (void)context;
  if (!file)
    return -EBADF;
  int error = seek (file, (int64_t)((uint64_t)a[1] << 32 | a[2]), a[4]);
  return error ? error : user_put (a[3], &file->offset, sizeof file->offset);
}

static long
duplicate (uint32_t number, uint32_t from, bool close_on_exec)
{
  struct file *file = file_of (number);
  if (!file)
    return -EBADF;
  if (from >= FILES_MAX)
    return -EINVAL;
  file_hold (file);
  return files_add (task_current->files, file, from, close_on_exec);
}

CALL (dup)
{
  (void)context;
  return duplicate (a[0], 0, false);
}

CALL (dup3)
{
  (void)context;
  if (a[0] == a[1])
    return -EINVAL;
  if (!file_of (a[0]) || a[1] >= FILES_MAX)
    return -EBADF;
  files_close (task_current->files, a[1]);
  return duplicate (a[0], a[1], (a[2] & O_CLOEXEC) != 0);
}

CALL (dup2)
{
  const uint32_t arguments[] = { a[0], a[1], 0 };
  if (a[0] == a[1])
    return file_of (a[0]) ? (long)a[0] : -EBADF;
  return call_dup3 (arguments, context);
}

CALL (fcntl64)
{
  struct file *file = file_of (a[0]);
  struct files *files = task_current->files;
  (void)context;
  if (!file)
    return -EBADF;
  switch (a[1]) {
  case F_DUPFD:
  case F_DUPFD_CLOEXEC:
    return duplicate (a[0], a[2], a[1] == F_DUPFD_CLOEXEC);
  case F_GETFD:
    return (long)(files->close_on_exec >> a[0] & 1);
  case F_SETFD:
    files_set_close_on_exec (files, a[0], (a[2] & FD_CLOEXEC) != 0);
    return 0;
  case F_GETFL:
    return (long)file->flags;
  case F_SETFL:
    file->flags
        = (file->flags & ~(uint32_t)(O_APPEND | O_NONBLOCK)) | (a[2] & (O_APPEND | O_NONBLOCK));
    return 0;
  case F_SETLK: /* there is nobody to lock against but by flock of one's own */
  case F_SETLKW:
  case F_SETLK64:
  case F_SETLKW64:
    return 0;
  default:
    return -EINVAL;
  }
}

CALL (ioctl)
{
  struct file *file = file_of (a[0]);
  (void)context;
  if (!file)
    return -EBADF;
  return file->ops->control ? file->ops->control (file, a[1], a[2]) : -ENOTTY;
}

CALL (ftruncate64)
{
  struct file *file = file_of (a[0]);
  (void)context;
  if (!file)
    return -EBADF;
  if (!file->node || !node_is (file->node, S_IFREG) || (file->flags & O_ACCMODE) == O_RDONLY)
    return -EINVAL;
  return node_truncate (file->node, (uint64_t)a[3] << 32 | a[2]);
}

CALL (sync)
{
  const void *channel = disk_sync_all ();
  (void)a;
  (void)context;
  return channel ? task_wait (channel, 0) : 0;
}

/* Most files are memory. */
CALL (fsync)
{
  struct file *file = file_of (a[0]);
  (void)context;
  if (!file || !file->ops->sync)
    return file ? 0 : -EBADF;
  long result = file->ops->sync (file);
  return result == -EAGAIN ? task_wait (file_channel (file), 0) : result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files are, and what is in a directory. */
#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include "balloon.h"
#include "call.h"
#include "clock.h"
#include "path.h"
#include "task.h"
#include "user.h"

#define CWD       ((uint32_t)AT_FDCWD)
#define DEVICE    1u
#define TYPE_BITS 12

static long
fill_stat64 (const struct node *node, uint32_t address)
{
  struct stat64 out = { .st_dev = DEVICE, .__st_ino = node->number, .st_ino = node->number };
  uint32_t seconds = (uint32_t)(node->changed_ns / NS_PER_SECOND);
  out.st_mode = node->mode;
  out.st_nlink = node->links;
  out.st_uid = node->uid;
  out.st_gid = node->gid;
  out.st_rdev = node->device;
  out.st_size = (long long)node->size;
  out.st_blksize = PV_PAGE_SIZE;
  out.st_blocks = (node->size + 511) / 512;
  out.st_atime = out.st_mtime = out.st_ctime = seconds;
  return user_put (address, &out, sizeof out);
}

static long
stat_path (uint32_t directory, uint32_t path, uint32_t address, uint32_t flags)
{
  struct node *node;
  int error = call_find (directory, path, flags, &node);
  if (error)
    return error;
  long result = fill_stat64 (node, address);
  node_drop (node);
  return result;
}

CALL (stat64)
{
  (void)context;
  return stat_path (CWD, a[0], a[1], 0);
}

CALL (lstat64)
{
  (void)context;
  return stat_path (CWD, a[0], a[1], AT_SYMLINK_NOFOLLOW);
}

CALL (fstatat64)
{
  (void)context;
  return stat_path (a[0], a[1], a[2], a[3]);
}

/* The node of an open file; one of a pipe is made up. */
static int
open_node (uint32_t number, struct node *made_up, const struct node **node)
{
  struct file *file = files_get (task_current->files, number);
  if (!file)
    return -EBADF;
  memset (made_up, 0, sizeof *made_up);
  made_up->mode = S_IFIFO | 0600;
  made_up->number = (uint32_t)(uintptr_t)file->data;
  made_up->links = 1;
  *node = file->node ? file->node : made_up;
  return 0;
}

CALL (fstat64)
{
  struct node made_up;
  const struct node *node;
  int error = open_node (a[0], &made_up, &node);
  (void)context;
  return error ? error : fill_stat64 (node, a[1]);
}

static long
fill_statx (const struct node *node, uint32_t address)
{
  struct statx out = { .stx_mask = STATX_BASIC_STATS, .stx_blksize = PV_PAGE_SIZE };
  out.stx_nlink = node->links;
  out.stx_uid = node->uid;
  out.stx_gid = node->gid;
  out.stx_mode = (uint16_t)node->mode;
  out.stx_ino = node->number;
  out.stx_size = node->size;
  out.stx_blocks = (node->size + 511) / 512;
  out.stx_mtime.tv_sec = (int64_t)(node->changed_ns / NS_PER_SECOND);
  out.stx_mtime.tv_nsec = (uint32_t)(node->changed_ns % NS_PER_SECOND);
  out.stx_atime = out.stx_ctime = out.stx_mtime;
  out.stx_rdev_major = node->device >> 8 & 0xfff;
  out.stx_rdev_minor = node->device & 0xff;
  out.stx_dev_minor = DEVICE;
  return user_put (address, &out, sizeof out);
}

/* (directory, path, flags, mask, out) */
CALL (statx)
{
  struct node made_up, *held;
  const struct node *node;
  const char *path = user_input (a[1], 1);
  (void)context;
  if (!path)
    return -EFAULT;
  if (!path[0] && (a[2] & AT_EMPTY_PATH) != 0 && a[0] != CWD) {
    int error = open_node (a[0], &made_up, &node);
    return error ? error : fill_statx (node, a[4]);
  }
  int error = call_find (a[0], a[1], a[2], &held);
  if (error)
    return error;
  long result = fill_statx (held, a[4]);
  node_drop (held);
  return result;
}

/* ---- the file system: memory ---- */

static long
fill_statfs (const struct node *node, uint32_t address)
{
  struct statfs64 out = { .f_type = TMPFS_MAGIC, .f_bsize = PV_PAGE_SIZE };
  if (!node || !node->directory) { /* what is generated takes no place */
    out.f_blocks = balloon_pages ();
    out.f_bfree = out.f_bavail = memory_free ();
  }
  out.f_namelen = NAME_MAX_BYTES;
  out.f_frsize = PV_PAGE_SIZE;
  return user_put (address, &out, sizeof out);
}

CALL (statfs64)
{
  struct node *node;
  int error = call_find (CWD, a[0], 0, &node);
  (void)context;
  if (error)
    return error;
  long result = fill_statfs (node, a[2]);
  node_drop (node);
  return result;
}

CALL (fstatfs64)
{
  struct file *file = files_get (task_current->files, a[0]);
  (void)context;
  return file ? fill_statfs (file->node, a[2]) : -EBADF;
}

/* ---- directories ---- */

struct directory_record {
  uint64_t number, offset;
  uint16_t length;
  uint8_t type;
  char name[];
} __attribute__ ((packed));

/* The offset of the open file counts entries. */
CALL (getdents64)
{
  struct file *file = files_get (task_current->files, a[0]);
  char *to = user_output (a[1], a[2]), name[NAME_MAX_BYTES + 1];
  uint32_t used = 0, number;
  struct node *node;
  (void)context;
  if (!file || !to)
    return file ? -EFAULT : -EBADF;
  if (!file->node || !node_is (file->node, S_IFDIR))
    return -ENOTDIR;
  while (directory_list (file->node, (uint32_t)file->offset, name, &node, &number)) {
    struct directory_record record = { .number = number, .offset = file->offset + 1 };
    uint32_t bytes = (uint32_t)strlen (name) + 1, length = (sizeof record + bytes + 7) & ~7u;
    if (used + length > a[2])
      return used > 0 ? (long)used : -EINVAL;
    record.length = (uint16_t)length;
    record.type = node ? (uint8_t)(node->mode >> TYPE_BITS & 15) : 0;
    memcpy (to + used, &record, sizeof record);
    memcpy (to + used + sizeof record, name, bytes);
    used += length;
    file->offset++;
  }
  return (long)used;
}

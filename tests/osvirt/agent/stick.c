/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stick FOLDER MOUNTPOINT: a medium whose file system is as poor as FAT (no links, owners, modes or attributes), and that goes
 * away when this program is killed, as a stick does that somebody pulls out. What has reached it by then is in FOLDER. */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int folder = -1;

static const char *
below (const char *path)
{
  return path[1] != '\0' ? path + 1 : ".";
}

static int
result (int value)
{
  return value < 0 ? -errno : 0;
}

static int
stick_getattr (const char *path, struct stat *info, struct fuse_file_info *file)
{
  int done = fstatat (folder, below (path), info, AT_SYMLINK_NOFOLLOW);

  info->st_mode = (info->st_mode & S_IFMT) | 0777; /* as FAT is mounted for everybody */
  return result (done);
}

static int
stick_readdir (const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
               enum fuse_readdir_flags flags)
{
  int fd = openat (folder, below (path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL)
    return -errno;
  while ((entry = readdir (dir)) != NULL)
    fill (buffer, entry->d_name, NULL, 0, 0);
  closedir (dir);
  return 0;
}

static int
stick_open (const char *path, struct fuse_file_info *file)
{
  int fd = openat (folder, below (path), (file->flags & ~(O_NOFOLLOW | O_DIRECT)) | O_CLOEXEC);

  file->fh = (uint64_t)fd;
  return result (fd);
}

static int
stick_create (const char *path, mode_t mode, struct fuse_file_info *file)
{
  int fd = openat (folder, below (path), (file->flags & ~O_DIRECT) | O_CREAT | O_CLOEXEC, 0600);

  file->fh = (uint64_t)fd;
  return result (fd);
}

static int
stick_read (const char *path, char *data, size_t size, off_t at, struct fuse_file_info *file)
{
  ssize_t got = pread ((int)file->fh, data, size, at);

  return got < 0 ? -errno : (int)got;
}

static int
stick_write (const char *path, const char *data, size_t size, off_t at, struct fuse_file_info *file)
{
  ssize_t written = pwrite ((int)file->fh, data, size, at);

  return written < 0 ? -errno : (int)written;
}

static int
stick_release (const char *path, struct fuse_file_info *file)
{
  return result (close ((int)file->fh));
}

static int
stick_fsync (const char *path, int data_only, struct fuse_file_info *file)
{
  return result (fdatasync ((int)file->fh));
}

static int
stick_truncate (const char *path, off_t size, struct fuse_file_info *file)
{
  int fd = size <= UINT32_MAX ? openat (folder, below (path), O_WRONLY | O_CLOEXEC) : -1, done;

  if (size > UINT32_MAX)
    return -EFBIG; /* as FAT */
  if (fd < 0)
    return -errno;
  done = result (ftruncate (fd, size));
  close (fd);
  return done;
}

static int
stick_mkdir (const char *path, mode_t mode)
{
  return result (mkdirat (folder, below (path), 0700));
}

static int
stick_rmdir (const char *path)
{
  return result (unlinkat (folder, below (path), AT_REMOVEDIR));
}

static int
stick_unlink (const char *path)
{
  return result (unlinkat (folder, below (path), 0));
}

static int
stick_rename (const char *from, const char *to, unsigned flags)
{
  return flags != 0 ? -EINVAL : result (renameat (folder, below (from), folder, below (to)));
}

static int
stick_chmod (const char *path, mode_t mode, struct fuse_file_info *file)
{
  return 0; /* and nothing is different */
}

static int
stick_statfs (const char *path, struct statvfs *info)
{
  return result (fstatvfs (folder, info));
}

static const struct fuse_operations operations = {
  .getattr = stick_getattr, .readdir = stick_readdir, .open = stick_open,     .create = stick_create,     .read = stick_read,
  .write = stick_write,     .release = stick_release, .fsync = stick_fsync,   .truncate = stick_truncate, .mkdir = stick_mkdir,
  .rmdir = stick_rmdir,     .unlink = stick_unlink,   .rename = stick_rename, .chmod = stick_chmod,       .statfs = stick_statfs,
};

int
main (int argc, char **argv)
{
  char program[] = "stick", foreground[] = "-f", options[] = "-oallow_other,default_permissions";
  char *arguments[] = { program, foreground, options, argc > 2 ? argv[2] : NULL, NULL };

  folder = argc == 3 ? open (argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (folder < 0) {
    fputs ("Usage: stick FOLDER MOUNTPOINT\n", stderr);
    return 2;
  }
  return fuse_main (4, arguments, &operations, NULL);
}
